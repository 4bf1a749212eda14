// Editing a page, a topic or a fact: what is typed is shown as readers would see it, and kept while it is typed.
// The server makes all HTML that goes in here; what people typed goes in with textContent or as a value only.
const $ = (id) => document.getElementById(id);
const form = $('unit');
const texts = JSON.parse($('unit-texts').textContent);
const t = (key, values = {}) => Object.entries(values).reduce(
  (text, [name, value]) => text.replace(`{${name}}`, () => value), texts[key]);
const LOOK_AFTER = 400; // milliseconds without a key
const SAVE_AFTER = 2000;
const OPEN_EVERY = 15e3;
const MOST_BYTES = 64 * 1024; // what the server takes at once
document.documentElement.classList.add('scripted');

const say = (words) => { $('announcer').textContent = words; };
const told = (words, isBad = false) => {
  $('saved').textContent = words;
  $('saved').classList.toggle('bad', isBad);
};

async function send(path, options = {}) {
  const body = new FormData(form);
  const size = [...body.entries()].reduce((sum, [, value]) => sum + new TextEncoder().encode(value).length + 120, 0);
  if (size > MOST_BYTES) throw Object.assign(new Error('too_big'), { status: 413 });
  const response = await fetch(form.dataset.at + path, { method: 'POST', body, cache: 'no-store', redirect: 'manual', ...options });
  // Somebody who is not signed in any more is sent to the door.
  if (response.type === 'opaqueredirect' || response.status === 401) throw Object.assign(new Error('signed_out'), { status: 401 });
  return response;
}

function why(problem) {
  return { 413: 'too_big', 401: 'signed_out', 403: 'refused', 404: 'gone' }[problem.status] || 'offline';
}

// -- What is typed, as readers would see it

let looking = 0;
let lookTimer = 0;
async function look() {
  const turn = ++looking;
  try {
    const response = await send('/look');
    const html = await response.text();
    if (turn !== looking) return; // something newer was typed meanwhile
    if (response.status === 413) throw Object.assign(new Error('too_big'), { status: 413 });
    if (response.status === 422) {
      $('problems').innerHTML = html;
      return;
    }
    if (response.ok) show(html);
  } catch (problem) {
    if (problem.status === 413) told(t('too_big'), true);
  }
}

function show(html) {
  const before = $('problems').dataset.number;
  const open = [...$('look').querySelectorAll('details')].map((each) => each.open);
  $('look').innerHTML = html;
  [...$('look').querySelectorAll('details')].forEach((each, place) => { if (place < open.length) each.open = open[place]; });
  const number = $('problems').dataset.number;
  if (number !== before) say(number === '0' ? t('no_problems') : t('problems', { number }));
  mark();
}

// The fields that something is wrong with, and where it is said.
function mark() {
  const wrong = new Set([...document.querySelectorAll('#problems a[href^="#f-"]')].map((link) => link.hash.slice(1)));
  form.querySelectorAll('[id^="f-"]').forEach((field) => {
    if (!field.matches('input, textarea, select')) return;
    field.toggleAttribute('aria-invalid', wrong.has(field.id));
    if (wrong.has(field.id)) field.setAttribute('aria-invalid', 'true');
  });
}

// -- Keeping it

let unsaved = false;
let saving = null;
let held = false; // somebody else saved it: the editor chooses first
let saveTimer = 0;
const revision = form.elements.revision;

async function save(options) {
  clearTimeout(saveTimer);
  if (saving) return saving.then(() => save(options));
  if (!unsaved || held) return null;
  unsaved = false;
  told(t('saving'));
  saving = keep(options).finally(() => { saving = null; });
  return saving;
}

async function keep(options) {
  try {
    const response = await send('/saved', options);
    const answer = response.headers.get('content-type')?.includes('json') ? await response.json() : {};
    if (response.status === 409) return conflict(answer);
    if (response.status === 422 && answer.html) {
      unsaved = true;
      $('problems').innerHTML = answer.html;
      mark();
      return told(t('refused'), true);
    }
    if (!response.ok) throw Object.assign(new Error('refused'), { status: response.status });
    revision.value = answer.revision;
    if (answer.status && form.elements.status && !unsaved) chosenStatus(answer.status);
    return told(answer.is_draft ? t('saved_at', { at: answer.at }) : t('as_published'));
  } catch (problem) {
    unsaved = true;
    told(t(why(problem)), true);
    if (!problem.status || problem.status >= 500) saveTimer = setTimeout(save, 5e3);
    return null;
  }
}

// An approved page that is changed is reviewed only.
function chosenStatus(status) {
  const field = form.elements.status;
  if ([...field.options].some((option) => option.value === status)) field.value = status;
}

function conflict(answer) {
  held = true;
  unsaved = true;
  $('conflict').innerHTML = answer.html;
  told(t('changed'), true);
  $('conflict').querySelector('.theirs').focus();
  $('conflict').querySelector('[data-choose="mine"]').onclick = () => {
    revision.value = answer.revision;
    held = false;
    $('conflict').replaceChildren();
    form.querySelector('textarea, input:not([type=hidden])').focus();
    save();
  };
}

function typed() {
  unsaved = true;
  if (!held) told(t('unsaved'));
  clearTimeout(lookTimer);
  clearTimeout(saveTimer);
  lookTimer = setTimeout(look, LOOK_AFTER);
  saveTimer = setTimeout(save, SAVE_AFTER);
}

form.addEventListener('input', typed);
form.addEventListener('change', (event) => {
  if (event.target.matches('[data-changes-form]')) form.querySelector('[value=preview]').click();
});
form.addEventListener('submit', (event) => {
  const button = event.submitter;
  if (!button || button.value === 'save') {
    event.preventDefault();
    unsaved = true;
    save();
  } else if (button.value !== 'preview' || button.matches('.without-script')) {
    unsaved = false; // it goes with the form
  }
});
document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === 's') {
    event.preventDefault();
    unsaved = true;
    save();
  }
});
document.addEventListener('visibilitychange', () => { if (document.hidden) save({ keepalive: true }); });
window.addEventListener('beforeunload', (event) => {
  if (unsaved || saving) {
    save({ keepalive: true });
    event.preventDefault();
  }
});

// -- Who else is here

async function stillOpen() {
  try {
    const response = await send('/open');
    if (!response.ok) return;
    const now = await response.json();
    const names = now.others.join(', ');
    const newer = !saving && !unsaved && String(now.revision) !== revision.value;
    const words = [names && t('others', { names }), newer && now.by && t('newer', { name: now.by })].filter(Boolean).join(' ');
    if ($('others').textContent !== words) $('others').textContent = words;
    $('others').hidden = !words;
  } catch { /* said when something is to be saved */ }
}
setInterval(stillOpen, OPEN_EVERY);

// -- The way from a problem to its field

document.addEventListener('click', (event) => {
  const link = event.target.closest('#problems a[href^="#f-"]');
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  const line = Number(link.dataset.line);
  if (line && field.value !== undefined) select(field, line);
});

function select(field, line) {
  const lines = field.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  field.setSelectionRange(start, start + (lines[line - 1] || '').length);
  field.scrollTop = (field.scrollHeight * (line - 1)) / lines.length - 40;
}

// -- Picking a fact or a topic

const picker = $('picker');
let choices = null;
let picking = null; // { field, kind, start, end }: where in which field it goes
let hits = [];
let chosen = 0;

async function pick(field, kind, start, end) {
  picking = { field, kind, start, end };
  $('picker-title').textContent = t(kind);
  $('picker-search').value = '';
  picker.showModal();
  $('picker-search').focus();
  if (!choices) {
    const response = await fetch(`/desk/package/picks/${form.dataset.language}`, { cache: 'no-store' }).catch(() => null);
    if (response && response.ok) choices = await response.json();
  }
  showHits();
}

function showHits() {
  const words = $('picker-search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const all = choices ? choices[picking.kind] : [];
  const matching = all.filter((each) => words.every((word) => `${each.key} ${each.name}`.toLowerCase().includes(word)));
  hits = matching.slice(0, 40);
  chosen = 0;
  $('picker-hits').replaceChildren(...hits.map(showHit));
  $('picker-count').textContent = hits.length ? t('found', { number: matching.length }) : t('none');
  choose(0);
}

function showHit(each, place) {
  const item = document.createElement('li');
  item.id = `hit-${place}`;
  item.role = 'option';
  const key = document.createElement('span');
  key.textContent = picking.kind === 'facts' ? each.key : each.name;
  const name = document.createElement('bdi');
  name.textContent = picking.kind === 'facts' ? each.name : each.key;
  item.append(key, name);
  item.onclick = () => take(place);
  return item;
}

function choose(place) {
  chosen = Math.max(0, Math.min(place, hits.length - 1));
  [...$('picker-hits').children].forEach((item, number) => item.setAttribute('aria-selected', String(number === chosen)));
  const item = $('picker-hits').children[chosen];
  if (item) item.scrollIntoView({ block: 'nearest' });
  if (item) $('picker-search').setAttribute('aria-activedescendant', item.id);
  else $('picker-search').removeAttribute('aria-activedescendant');
}

function take(place) {
  const hit = hits[place];
  if (!hit) return;
  const { field, kind, start, end } = picking;
  const words = field.value.slice(start, end) || hit.words;
  const text = kind === 'facts' ? `{{ fact:${hit.key} }}` : `[${words}](topic:${hit.key})`;
  picker.close();
  field.focus();
  field.setRangeText(text, start, end, 'end');
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

if (picker) {
  $('picker-search').addEventListener('input', showHits);
  $('picker-search').addEventListener('keydown', (event) => {
    const steps = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + 8, PageUp: chosen - 8 };
    if (event.key in steps) choose(steps[event.key]);
    else if (event.key === 'Enter') take(chosen);
    else return;
    event.preventDefault();
  });
  $('picker-close').onclick = () => picker.close();
  picker.addEventListener('close', () => picking && picking.field.focus());
  form.querySelectorAll('[data-picks]').forEach((field) => {
    const buttons = $('pick-buttons').content.cloneNode(true);
    buttons.querySelectorAll('button').forEach((button) => {
      button.onclick = () => pick(field, button.dataset.pick, field.selectionStart, field.selectionEnd);
    });
    field.after(buttons);
    field.addEventListener('input', (event) => {
      const end = field.selectionStart;
      if (event.data === '{' && field.value.slice(end - 2, end) === '{{') pick(field, 'facts', end - 2, end);
    });
  });
}

$('source')?.addEventListener('change', async (event) => {
  await save();
  event.target.form.submit();
});
mark();
