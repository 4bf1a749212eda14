// The desk: the list, one conversation, and what is sent. The server decides everything; this page shows it.
// Words of persons and of staff go in with textContent only; html comes from the server, which made it safe.
const $ = (id) => document.getElementById(id);
const data = JSON.parse($('desk-data').textContent);
const t = (key, values = {}) => Object.entries(values).reduce(
  (text, [name, value]) => text.replace(`{${name}}`, () => value), data.texts[key] || key);
const list = $('list');
const log = $('log');
const announcer = $('announcer');
let rows = [];
let open = null; // the conversation shown: what /desk/api/conversations/ID gave
let stream = null;
let lastId = 0;
let filter = 'all';
let seen = null; // what each on the list wanted of me before, by id: no sound for that again
const drafts = new Map(); // what was being written, by conversation: it must never go to another one

function make(name, className, parent, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

// -- Calling the server

async function call(method, path, body) {
  const response = await fetch('/desk/api' + path, {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body && JSON.stringify(body),
    cache: 'no-store',
  });
  if (response.status === 401) location.assign('/desk/sign-in');
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error), { status: response.status });
  return answer;
}

// A write that got no answer is tried again with the same id: the server takes it once.
async function write(path, body) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
    try {
      return await call('POST', path, body);
    } catch (problem) {
      if (problem.status && problem.status < 500) throw problem;
      say('lost');
      await new Promise((done) => { setTimeout(done, pause); });
    }
  }
}

let quiet = 0;
function say(key, values) {
  clearTimeout(quiet);
  quiet = setTimeout(() => { announcer.textContent = ''; }, 8e3); // it stands over the page
  announcer.textContent = data.texts[key] ? t(key, values) : key;
}

const complain = (problem) => say(problem.message);

// -- The list

const isMine = (row) => row.held_by === data.me.id;
const speaks = (row) => data.me.speaks.includes(row.language);
const FILTERS = {
  all: () => true,
  waiting: (row) => row.state !== 'held' || row.holder_is_absent,
  mine: isMine,
  language: speaks,
};

function age(since) {
  const minutes = Math.max(0, Math.round((Date.now() - new Date(since)) / 60e3));
  if (minutes < 60) return t('minutes', { number: minutes });
  return minutes < 2880 ? t('hours', { number: Math.floor(minutes / 60) }) : t('days', { number: Math.floor(minutes / 1440) });
}

function why(row) {
  if (row.danger) return t(`danger.${row.danger}`);
  if (row.unsent.length) return t(`unsent.${row.unsent[0]}`);
  return row.reason ? t(`reason.${row.reason}`) : t('reason.none');
}

function holder(row) {
  if (isMine(row)) return t('held_by_me');
  if (!row.holder) return '';
  return t(row.holder_is_absent ? 'held_by_absent' : 'held_by', { name: row.holder });
}

function showRow(row) {
  const item = make('li');
  const button = make('button', `row ${row.danger ? 'danger' : ''} ${isMine(row) ? 'mine' : ''}`, item);
  button.type = 'button';
  button.dataset.id = row.id;
  if (open && open.id === row.id) button.setAttribute('aria-current', 'true');
  const first = make('span', 'first', button);
  make('strong', '', first, why(row));
  const since = make('span', 'age', first, age(row.since));
  since.dataset.since = row.since;
  const parts = [row.language_name + (speaks(row) ? ` - ${t('you_speak')}` : ''), t(`team.${row.team || 'infopunt'}`), row.town, row.topic_title, t(`channel.${row.channel}`)];
  make('span', 'second', button, parts.filter(Boolean).join(' · '));
  const held = holder(row);
  if (held) make('span', 'held', button, held);
  button.onclick = () => show(row.id);
  return item;
}

function showList() {
  const focused = document.activeElement && document.activeElement.dataset.id;
  const shown = rows.filter(FILTERS[filter]);
  list.replaceChildren(...shown.map(showRow));
  $('empty').hidden = shown.length > 0;
  const waiting = rows.filter(FILTERS.waiting).length;
  $('count').textContent = t('count', { waiting, mine: rows.filter(isMine).length });
  document.title = (waiting ? `(${waiting}) ` : '') + t('title');
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
}

// What somebody wants of me; a sound when it begins: danger, waiting for anybody, given to me by a colleague.
function wanted(row) {
  if (row.danger && (!row.held_by || isMine(row))) return `danger ${row.danger}`;
  if (row.state === 'waiting') return 'waiting';
  return isMine(row) ? 'mine' : '';
}

// Danger always; what I took myself only when it is not before my eyes.
const isNews = (row) => wanted(row) !== 'mine' || !(open && open.id === row.id);

function takeList(news) {
  if (seen) news.filter((row) => wanted(row) && wanted(row) !== seen.get(row.id) && isNews(row)).forEach(ring);
  seen = new Map(news.map((row) => [row.id, wanted(row)]));
  rows = news;
  showList();
  if (open) showTools();
}

// -- Somebody new: a sound without a file, and a notice of the browser when that was allowed

let sounds = null;
function ring(row) {
  say('new_waiting', { language: row.language_name });
  if (sounds) {
    const [tone, loud] = [sounds.createOscillator(), sounds.createGain()];
    tone.frequency.value = row.danger ? 880 : 587;
    loud.gain.setValueAtTime(0.15, sounds.currentTime);
    loud.gain.exponentialRampToValueAtTime(0.001, sounds.currentTime + 0.6);
    tone.connect(loud).connect(sounds.destination);
    tone.start();
    tone.stop(sounds.currentTime + 0.6);
  }
  if (window.Notification && Notification.permission === 'granted' && document.hidden) {
    new Notification(t('new_waiting', { language: row.language_name }), { tag: row.id });
  }
}

$('notices').onclick = async () => {
  sounds = sounds || new AudioContext();
  await sounds.resume();
  if (window.Notification && Notification.permission === 'default') await Notification.requestPermission();
  $('notices').setAttribute('aria-pressed', 'true');
  say('notices_on');
};

// -- Live: the list, and what is new in the conversation shown

function follow() {
  if (stream) stream.close();
  const about = open ? `?conversation=${open.id}&after=${lastId}` : '';
  stream = new EventSource('/desk/api/events' + about);
  const on = (name, work) => stream.addEventListener(name, (event) => work(JSON.parse(event.data)));
  on('list', takeList);
  on('message', showMessage);
  on('unsent', showUnsent);
  on('conversation', (news) => {
    const taken = isMine(open) && news.held_by && !isMine(news);
    open = { ...open, ...news };
    showTools();
    if (taken) say('error.held');
  });
  on('signed_out', () => location.assign('/desk/sign-in'));
  on('gone', () => { close(); say('gone'); });
  stream.onopen = () => document.body.classList.remove('away');
  stream.onerror = () => {
    document.body.classList.add('away');
    stream.close();
    setTimeout(followAgain, 2000);
  };
}

// From what was read last, not from where the stream began; and whoever is signed out meanwhile is asked to sign in.
async function followAgain() {
  await call('GET', '/colleagues').catch(() => {});
  follow();
}

// -- One conversation

async function show(id) {
  let found;
  try {
    found = await call('GET', `/conversations/${id}`);
  } catch (problem) {
    complain(problem);
    return;
  }
  if (!open || open.id !== id) changeDraft(id);
  open = found;
  lastId = 0;
  log.replaceChildren();
  $('notes').replaceChildren();
  document.body.classList.add('reading');
  $('conversation').hidden = false;
  $('nothing').hidden = true;
  open.notes.forEach(showNote);
  open.messages.forEach(showMessage);
  showTools();
  showList();
  follow();
  $('conversation').focus();
}

function changeDraft(id) {
  if (open) drafts.set(open.id, box.value);
  box.value = drafts.get(id) || '';
  $('written-in').value = $('written-in').querySelector('[selected]').value;
}

function close() {
  changeDraft('');
  open = null;
  log.replaceChildren();
  $('notes').replaceChildren();
  document.body.classList.remove('reading');
  $('conversation').hidden = true;
  $('nothing').hidden = false;
  showList();
  follow();
  list.querySelector('button')?.focus();
}

function showMessage(message) {
  if (message.id <= lastId) return;
  lastId = message.id;
  const low = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  log.append(bubble(message));
  if (low) log.scrollTop = log.scrollHeight;
  if (message.author === 'person' && message.translatable) translate(message);
}

function showUnsent(unsent) {
  log.querySelectorAll('.unsent').forEach((one) => one.remove());
  for (const [id, states] of Object.entries(unsent)) {
    const item = $(`m${id}`);
    if (item) states.forEach((state) => make('span', 'unsent', item, t(`unsent.${state}`)));
  }
}

function bubble(message) {
  const item = make('li', message.author);
  item.id = `m${message.id}`;
  make('span', 'by', item, `${message.by || t(`author.${message.author}`)} · ${message.at}`);
  const text = make('div', 'text', item);
  text.dir = message.direction;
  text.lang = message.language || '';
  if (message.html && message.author !== 'person') text.innerHTML = message.html;
  else text.textContent = message.text || t(`kind.${message.kind}`);
  if (message.about && !message.beside) make('span', 'about', item, message.about);
  if (message.beside) {
    const beside = make('div', 'beside', item, message.beside.text);
    beside.lang = message.beside.language;
  }
  message.unsent.forEach((state) => make('span', 'unsent', item, t(`unsent.${state}`)));
  return item;
}

// One after the other: a long conversation must not keep what is sent waiting.
let translations = Promise.resolve();
function translate(message) {
  const { id } = open;
  translations = translations.then(() => open && open.id === id && translateOne(id, message));
}

async function translateOne(id, message) {
  const item = $(`m${message.id}`);
  try {
    const found = await call('GET', `/conversations/${id}/messages/${message.id}/translation`);
    const beside = make('div', 'beside', item, found.text);
    beside.lang = found.language;
    make('span', 'by', beside, t('by_machine'));
  } catch (problem) {
    complain(problem);
  }
}

function showNote(note) {
  const item = make('li', '', $('notes'));
  make('span', 'by', item, `${note.by} · ${note.at}`);
  make('div', 'text', item, note.text);
}

// What can be done now follows from who holds it; the server checks it again.
function showTools() {
  const row = rows.find((each) => each.id === open.id) || open;
  const mine = row.held_by === data.me.id;
  const unreachable = open.unreachable && t(`unsent.${open.unreachable}`);
  $('who').textContent = [open.language_name, t(`channel.${open.channel}`), open.town].filter(Boolean).join(' · ');
  $('state').textContent = [holder(row) || t(`state.${row.state}`), unreachable].filter(Boolean).join(' · ');
  $('take').hidden = mine;
  $('take').textContent = t(row.held_by && !mine ? 'take_over' : 'take', { name: row.holder || '' });
  for (const id of ['give-back', 'pass-on', 'end', 'tools', 'send-box']) $(id).hidden = !mine;
}

// Says whether it was done; what was typed is kept until then.
async function act(path, body, done) {
  const { id } = open;
  const isOpen = () => open && open.id === id;
  try {
    await write(`/conversations/${id}/${path}`, body);
    if (done) done();
    else if (isOpen()) await show(id);
    return true;
  } catch (problem) {
    complain(problem);
    if (problem.status === 409 && isOpen()) await show(id);
    return false;
  }
}

$('take').onclick = () => {
  const row = rows.find((each) => each.id === open.id) || open;
  act('take', { from_holder: row.held_by });
};
$('give-back').onclick = () => act('give-back', {}, close);
$('back').onclick = close;

// -- What is sent

const clientId = () => crypto.getRandomValues(new Uint32Array(4)).join('-');

function send(answer) {
  return act('answers', { client_id: clientId(), ...answer }, () => {
    say('sent');
    closeDialogs();
  });
}

// What was refused is not lost: it stands where it was written.
async function sendWords(text, language, translated) {
  const { id } = open;
  box.value = '';
  if (await send({ kind: 'text', text, language, translated })) return;
  if (open && open.id === id) box.value = box.value || text;
  else drafts.set(id, text);
}

const box = $('words');
$('send-box').onsubmit = async (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  const language = $('written-in').value;
  if (language === open.answered_in) {
    await sendWords(text, language, false);
    return;
  }
  await preview(text, language);
};

async function preview(text, language) {
  let found;
  say('translating');
  try {
    found = await call('POST', `/conversations/${open.id}/preview`, { text, language });
  } catch (problem) {
    complain(problem);
    return;
  }
  say('');
  const dialog = $('preview');
  const [target, back] = [$('preview-text'), $('preview-back')];
  $('preview-original').textContent = text;
  target.textContent = found.text || '';
  target.lang = open.answered_in;
  target.dir = open.direction;
  back.textContent = found.back || '';
  $('preview-possible').hidden = !found.possible;
  $('preview-refused').hidden = found.possible;
  $('preview-why').textContent = found.possible ? '' : t(`refused.${found.why}`, { language: open.language_name });
  $('preview-numbers').hidden = !found.numbers_changed;
  $('preview-send').hidden = !found.possible;
  $('preview-send').onclick = () => sendWords(text, language, true);
  $('preview-as-is').onclick = () => sendWords(text, language, false);
  $('preview-as-is').textContent = t('send_as_is', { language: data.languages[language] });
  dialog.showModal();
}

// -- Canned replies and pages: found while one types

function search(name, path, showHit) {
  const [dialog, field, hits] = [$(name), $(`${name}-search`), $(`${name}-hits`)];
  let last = 0;
  async function find() {
    last += 1;
    const mine = last;
    const found = await call('GET', `${path}?q=${encodeURIComponent(field.value)}&conversation=${open.id}`);
    if (mine === last) hits.replaceChildren(...found.map((hit) => showHit(hit)));
  }
  field.oninput = () => find().catch(complain);
  field.onkeydown = (event) => {
    if (event.key === 'ArrowDown') hits.querySelector('button')?.focus();
    if (event.key === 'Enter') { event.preventDefault(); hits.querySelector('button')?.click(); }
  };
  hits.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...hits.querySelectorAll('button')];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    (next || field).focus();
  };
  return () => {
    field.value = '';
    hits.replaceChildren();
    dialog.showModal();
    field.focus();
    find().catch(complain);
  };
}

const openCanned = search('canned', '/canned', (hit) => {
  const item = make('li');
  const button = make('button', 'hit', item);
  button.type = 'button';
  make('strong', '', button, hit.name);
  make('span', '', button, hit.text);
  const theirs = make('span', 'theirs', button, hit.theirs);
  theirs.lang = open.answered_in;
  theirs.dir = open.direction;
  button.onclick = () => (Object.keys(hit.blanks).length ? fill(hit) : send({ kind: 'canned', canned: hit.id, blanks: {} }));
  return item;
});

const INPUTS = { date: 'date', time: 'time' };

function fill(hit) {
  const form = $('blanks-form');
  $('blanks-title').textContent = hit.name;
  $('blanks-text').textContent = hit.text;
  const fields = Object.entries(hit.blanks).map(([name, kind]) => blank(name, kind));
  $('blanks-fields').replaceChildren(...fields);
  form.onsubmit = (event) => {
    event.preventDefault();
    const blanks = Object.fromEntries(new FormData(form));
    send({ kind: 'canned', canned: hit.id, blanks });
  };
  $('canned').close();
  $('blanks').showModal();
}

function blank(name, kind) {
  const label = make('label');
  make('span', '', label, t(`blank.${kind}`));
  const choices = { team: data.teams, language: data.languages, topic: data.topics }[kind];
  const field = make(choices ? 'select' : 'input', '', label);
  field.name = name;
  field.required = true;
  if (choices) {
    for (const [value, text] of Object.entries(choices)) make('option', '', field, text).value = value;
  } else {
    field.type = INPUTS[kind] || 'text';
    field.maxLength = 120;
    if (kind === 'first_name') field.value = data.me.name;
  }
  return label;
}

const openPages = search('pages', '/pages', (hit) => {
  const item = make('li');
  const button = make('button', 'hit', item);
  button.type = 'button';
  make('strong', '', button, hit.title);
  make('span', '', button, hit.short);
  button.onclick = () => send({ kind: 'page', topic: hit.topic });
  return item;
});

// -- Passing on, notes, closing

async function openPassOn() {
  const colleagues = await call('GET', '/colleagues');
  const choose = $('pass-to');
  choose.replaceChildren();
  const teams = make('optgroup', '', choose);
  teams.label = t('teams');
  for (const [value, text] of Object.entries(data.teams)) make('option', '', teams, text).value = `team:${value}`;
  const people = make('optgroup', '', choose);
  people.label = t('colleagues');
  for (const one of colleagues) make('option', '', people, `${one.name} (${one.speaks.join(' ')})`).value = `colleague:${one.id}`;
  $('pass-note').value = '';
  $('pass').showModal();
}

$('pass-form').onsubmit = (event) => {
  event.preventDefault();
  const [kind, value] = $('pass-to').value.split(':');
  const to = kind === 'team' ? { team: value } : { colleague: Number(value) };
  act('pass-on', { ...to, note: $('pass-note').value }, () => { closeDialogs(); close(); });
};

$('note-form').onsubmit = (event) => {
  event.preventDefault();
  const text = $('note-text').value.trim();
  if (text) act('notes', { text }, () => { closeDialogs(); show(open.id); });
};

$('end-form').onsubmit = (event) => {
  event.preventDefault();
  const form = new FormData($('end-form'));
  act('close', { outcome: form.get('outcome'), about: form.get('about') || null }, () => { closeDialogs(); close(); });
};

function openEnd() {
  const about = $('end-about');
  if (open.topic && about.querySelector(`[value="${open.topic}"]`)) about.value = open.topic;
  $('end-dialog').showModal();
}

function openNote() {
  $('note-text').value = '';
  $('note').showModal();
}

const closeDialogs = () => document.querySelectorAll('dialog[open]').forEach((one) => one.close());
document.querySelectorAll('[data-close]').forEach((one) => { one.onclick = closeDialogs; });
$('canned-button').onclick = openCanned;
$('pages-button').onclick = openPages;
$('pass-on').onclick = () => openPassOn().catch(complain);
$('note-button').onclick = openNote;
$('end').onclick = openEnd;
$('help-button').onclick = () => $('help').showModal();
$('duty').onchange = () => call('POST', '/duty', { on_duty: $('duty').checked }).catch(complain);
document.querySelectorAll('[name=filter]').forEach((one) => { one.onchange = () => { filter = one.value; showList(); }; });

// -- Keys: single letters, while nothing is being typed

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  t: () => open && !$('take').hidden && $('take').click(),
  r: () => open && !$('send-box').hidden && box.focus(),
  c: () => open && !$('tools').hidden && openCanned(),
  p: () => open && !$('tools').hidden && openPages(),
  n: () => open && openNote(),
  g: () => open && !$('pass-on').hidden && $('pass-on').click(),
  x: () => open && !$('end').hidden && openEnd(),
  '?': () => $('help').showModal(),
};

function move(step) {
  const buttons = [...list.querySelectorAll('button')];
  const at = buttons.findIndex((one) => one === document.activeElement);
  const next = buttons[Math.min(buttons.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  if (next) next.focus();
}

document.addEventListener('keydown', (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.ctrlKey && event.key === 'Enter' && event.target === box) {
    $('send-box').requestSubmit();
    return;
  }
  if (event.key === 'Escape' && open && !document.querySelector('dialog[open]')) {
    if (typing) event.target.blur();
    else close();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  const work = KEYS[event.key];
  if (work) { event.preventDefault(); work(); }
});

setInterval(() => document.querySelectorAll('[data-since]').forEach((one) => { one.textContent = age(one.dataset.since); }), 30e3);
takeList(data.rows);
follow();
