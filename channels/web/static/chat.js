// The server keeps the conversation; this page shows it, sends what is written and forgets it when left alone.
// Plain ES2017 for phones of 2018. A person's words go in with textContent only.
const $ = (id) => document.getElementById(id);
const each = (selector, work) => document.querySelectorAll(selector).forEach(work);
const data = JSON.parse($('chat-data').textContent);
const [box, list, log, globe, languages] = ['box', 'messages', 'log', 'language', 'languages'].map($);
const root = document.documentElement;
const KEY = 'wegwijs';
const IDLE = data.device_idle_hours * 3600e3;
const WAITING = data.device_waiting_hours * 3600e3; // an answer of a person may come after a weekend
const PATIENCE = 20e3; // a call that takes longer counts as a lost connection
const SILENCE = 40e3; // the stream says something every 15 s
let { language } = data;
let strings = {}; // the page brings the words
each('[data-t]', (one) => { strings[one.dataset.t] = one.textContent; });

// -- Kept on the device: conversation, last use, unsent messages, draft. Never the messages shown.

let memory = null; // stands in where there is no storage
let left = false;

function read() {
  try {
    return memory || JSON.parse(localStorage.getItem(KEY)) || {};
  } catch (problem) {
    return {};
  }
}

// Works on what stands there now: another tab may have written in between.
function keep(changes) {
  if (left) return;
  const device = Object.assign(read(), changes, { used: Date.now() });
  try {
    localStorage.setItem(KEY, JSON.stringify(device));
  } catch (problem) {
    memory = device;
  }
}

const unsent = () => read().unsent || [];
const drop = (clientId) => keep({ unsent: unsent().filter((one) => one.client_id !== clientId) });

// -- The words and the direction of the page

function say(element, key) {
  element.dataset.t = key;
  element.textContent = strings[key] || '';
}

async function speak(code) {
  if (!code || code === language) return;
  const found = await call('GET', '/api/strings/' + code);
  ({ strings } = found);
  language = code;
  Object.assign(root, { lang: code, dir: found.language.direction });
  document.title = strings['web.chat'] + ' - Wegwijs';
  $('language-name').textContent = found.language.name;
  box.placeholder = strings['web.write'];
  each('[data-t]', (one) => say(one, one.dataset.t));
  each('[data-label]', (one) => one.setAttribute('aria-label', strings[one.dataset.label]));
  each('[data-to]', (one) => { one.href = '/' + code + one.dataset.to; });
  each('#languages a', (one) => one.setAttribute('aria-current', one.lang === code));
  history.replaceState(null, '', '/' + code + '/chat'); // a reload stays in this language
  follow();
}

// -- Calling the server

let conversation = null; // {id, token}
let epoch = 0; // counts the conversations forgotten: what was under way for them stops

async function request(method, path, body, signal) {
  const headers = body ? { 'Content-Type': 'application/json' } : {};
  if (conversation) headers.Authorization = 'Bearer ' + conversation.token;
  const response = await fetch(path, { method, headers, signal, cache: 'no-store', body: body && JSON.stringify(body) });
  if (response.ok) return response;
  const kind = { 401: 'gone', 404: 'gone', 429: 'many' }[response.status] || (response.status < 500 ? 'refused' : 'down');
  throw { kind, wait: Number(response.headers.get('Retry-After')) || 0 };
}

const stopper = () => (window.AbortController ? new AbortController() : { abort() {} });
const address = (rest) => '/api/conversations/' + conversation.id + rest;

async function call(method, path, body) {
  const stop = stopper();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    return await (await request(method, path, body, stop.signal)).json();
  } finally {
    clearTimeout(timer);
  }
}

// -- Sending: in order, one at a time, until the server has stored it

let sending = false;
let wanted = false; // a conversation, although nothing was written yet
let [retry, pause] = [0, 1]; // timer; seconds

// crypto.randomUUID came with Chrome 92 only
function newId() {
  const digit = (place) => (place ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (place / 4)))).toString(16);
  return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, digit);
}

function send(content) {
  const message = Object.assign({ client_id: newId() }, content);
  keep({ unsent: unsent().concat(message) });
  $('again').hidden = true;
  if (noted !== 'web.offline') note('');
  reading = true;
  showUnsent(message);
  flush();
}

async function flush() {
  if (sending) return;
  clearTimeout(retry);
  sending = true;
  const started = epoch;
  try {
    unsent().forEach((message) => mark(message.client_id, 'web.sending'));
    if (!conversation && (wanted || unsent().length)) await begin(started);
    for (let next; epoch === started && (next = unsent()[0]);) await deliver(next, started);
    pause = 1;
    if (noted === 'web.offline' || noted === 'web.too_many') note('');
  } catch (failure) {
    if (epoch === started) undelivered(failure);
  }
  sending = false;
  if (epoch !== started && (wanted || unsent().length)) flush();
}

async function begin(started) {
  const { id, token } = await call('POST', '/api/conversations', { language });
  if (epoch !== started) return;
  keep({ id, token });
  wanted = false;
  open();
}

async function deliver(message, started) {
  try {
    const { id } = await call('POST', address('/messages'), message);
    if (epoch !== started) return;
    drop(message.client_id);
    mark(message.client_id, 'web.stored', id);
  } catch (failure) {
    if (failure.kind !== 'refused' || epoch !== started) throw failure;
    giveBack(message);
  }
}

// The server will never take it (too long, say): back into the box, to be changed.
function giveBack(message) {
  drop(message.client_id);
  own[message.client_id].remove();
  if (!box.value) write(message.text || '');
  note('web.error');
}

function undelivered({ kind, wait }) {
  if (kind === 'gone') return gone();
  unsent().forEach((message) => mark(message.client_id, 'web.not_sent'));
  note(kind === 'many' ? 'web.too_many' : kind === 'refused' ? 'web.error' : 'web.offline');
  retry = setTimeout(flush, Math.max(wait || 0, pause) * 1e3);
  pause = Math.min(pause * 2, 30);
}

// -- Receiving: what was missed, then the stream; where there are no streams, asking every 3 s

let streams = true;
let line = 0; // counts the connections: an older one that wakes up stops
let hangUp = () => {};
let [reconnect, backOff] = [0, 1]; // timer; seconds
let [heardAt, last] = [0, 0]; // time; id of the newest message

function stopListening() {
  line += 1;
  clearTimeout(reconnect);
  hangUp();
}

async function listen() {
  stopListening();
  const mine = line;
  let wait;
  try {
    await catchUp(mine);
    if (mine === line && streams) await stream(mine);
    wait = streams ? 1 : document.hidden ? 30 : 3;
    backOff = 1;
  } catch (failure) {
    if (mine === line && failure.kind === 'gone') return gone();
    wait = Math.max(failure.wait || 0, backOff);
    backOff = Math.min(backOff * 2, 30);
  }
  if (mine === line) reconnect = setTimeout(listen, wait * 1e3);
}

async function catchUp(mine) {
  const news = await call('GET', address('/messages?after=' + last));
  if (mine !== line) return;
  news.messages.forEach(show);
  if (mine !== line) return; // one of them said that everything is erased
  unsent().forEach(showUnsent);
  log.removeAttribute('aria-busy');
  heardAt = Date.now();
  take(news);
  flush();
}

async function stream(mine) {
  const stop = stopper();
  let [rest, heard, watch] = ['', false, 0];
  // Silence: the line is dead or, if it never spoke, something in between holds streams back.
  const guard = () => {
    clearTimeout(watch);
    watch = setTimeout(() => { streams = heard; listen(); }, SILENCE);
  };
  hangUp = () => { clearTimeout(watch); stop.abort(); };
  guard();
  try {
    const { body } = await request('GET', address('/events?after=' + last), null, stop.signal);
    streams = Boolean(body && body.getReader);
    if (!streams || mine !== line) return;
    const reader = body.getReader();
    const decoder = new TextDecoder();
    for (let piece; !(piece = await reader.read()).done;) {
      if (mine !== line) return reader.cancel();
      heard = true;
      heardAt = Date.now();
      backOff = 1;
      guard();
      const events = (rest + decoder.decode(piece.value, { stream: true })).split(/\r?\n\r?\n/);
      rest = events.pop();
      events.forEach((event) => mine === line && receive(event));
    }
  } finally {
    clearTimeout(watch);
  }
}

function receive(event) {
  const found = /^data:(.*)$/m.exec(event); // otherwise a heartbeat
  if (found) (/^event: ?state/m.test(event) ? take : show)(JSON.parse(found[1]));
}

function take(news) {
  $('waiting').hidden = news.state !== 'waiting';
  const waiting = news.state === 'waiting' || news.state === 'held';
  if (waiting !== Boolean(read().waiting)) keep({ waiting });
  speak(news.language).catch(() => {}); // only words: the next state tries again
  follow();
}

function wake() {
  if (document.hidden || left || forgetIdle()) return;
  flush();
  if (conversation && Date.now() - heardAt > 3e3) listen();
}

// -- Showing

let own = {}; // items of own messages by client_id
let latest = null; // the newest own one
let noted = '';

function make(tag, name, parent) {
  const element = document.createElement(tag);
  element.className = name;
  return parent ? parent.appendChild(element) : element;
}

function note(key) {
  noted = key;
  say($('note'), key);
  follow();
}

function inLanguageOf({ language, direction }, element) {
  Object.assign(element, { lang: language || '', dir: direction || 'auto' });
}

function newItem(message) {
  const author = message.author || 'person';
  const item = make('li', author);
  const bubble = make('div', 'bubble', item);
  const who = make('span', author === 'staff' ? 'who' : 'hide', bubble);
  if (author === 'person') say(who, 'web.you');
  else who.textContent = author === 'staff' ? (message.by ? message.by + ' · Fedasil' : 'Fedasil') : 'Wegwijs';
  const text = make('div', 'text', bubble);
  inLanguageOf(message, text);
  if (message.html && author !== 'person') text.innerHTML = message.html; // made safe by the server
  else text.textContent = message.text || message.label;
  return item;
}

// In the order of the server; what it does not have yet comes last.
function place(item, order) {
  item.order = order;
  let next = null;
  each('#messages > li', (one) => { if (!next && one !== item && one.order > order) next = one; });
  if (!item.parentNode || item.nextElementSibling !== next) list.insertBefore(item, next); // a needless move is read out again
}

function showUnsent(message) {
  if (own[message.client_id]) return;
  const item = own[message.client_id] = newItem(message);
  place(item, Infinity);
  spoken(item);
  mark(message.client_id, 'web.sending');
}

function mark(clientId, status, order) {
  const item = own[clientId];
  if (!item) return;
  if (order) place(item, order);
  if (item.status === status || item.status === 'web.stored') return;
  item.status = status;
  if (item.label) item.label.remove();
  const failed = status === 'web.not_sent';
  item.label = make(failed ? 'button' : 'p', 'status', item);
  say(item.label, status);
  if (failed) item.label.onclick = () => { box.focus(); flush(); };
  follow();
}

// Earlier buttons go quiet; only the newest own message says that it arrived.
function spoken(item) {
  each('.actions', (one) => one.classList.toggle('quiet', one.parentNode.order < item.order));
  if (latest) latest.classList.remove('latest');
  item.classList.add('latest');
  latest = item;
}

function show(message) {
  if (message.id <= last) return;
  last = message.id;
  (message.author === 'person' ? showOwn : showAnswer)(message);
}

function showOwn(message) {
  const key = message.client_id || message.id;
  const known = own[key];
  const item = own[key] = known || newItem(message);
  inLanguageOf(message, item.querySelector('.text'));
  place(item, message.id);
  if (known) drop(key);
  else spoken(item);
  mark(key, 'web.stored');
}

function showAnswer(message) {
  if (message.key === 'deleted') forget('');
  const item = newItem(message);
  if (/^danger/.test(message.key)) item.classList.add('danger');
  addActions(item, message);
  place(item, message.id);
  follow();
  const under = item.getBoundingClientRect().top > $('dock').getBoundingClientRect().top - 24;
  if (under && !log.getAttribute('aria-busy')) $('below').hidden = false;
}

function addActions(item, message) {
  const actions = make('div', 'actions');
  const add = ({ label, payload }, name) => {
    const button = make('button', name, actions);
    inLanguageOf(message, button);
    button.textContent = label;
    button.onclick = () => press(payload, label);
  };
  const rates = ({ payload }) => /^(helped_page|not_meant):/.test(payload);
  const buttons = message.buttons || [];
  buttons.filter((one) => !rates(one)).forEach((one) => add(one, ''));
  if (/^\/[^/\\]/.test(message.page || '')) {
    const link = make('a', '', actions);
    link.href = message.page;
    say(link, 'button.page');
  }
  buttons.filter(rates).forEach((one) => add(one, 'rate'));
  if (actions.firstChild) item.appendChild(actions);
}

// -- Keeping the newest in view, but not past one's own last message: a long answer is read from its beginning.

let reading = true; // at the newest
let target = 0;

const toEnd = () => root.scrollHeight - window.innerHeight;

function follow() {
  // the bar covers 74; of a long message of one's own the last 140 stay in view
  const top = latest ? latest.offsetTop + Math.max(0, latest.offsetHeight - 140) - 74 : 0;
  target = Math.max(0, Math.min(toEnd(), top));
  if (reading) window.scrollTo(0, target);
}

function scrolled() {
  const atEnd = toEnd() - window.scrollY < 80;
  reading = atEnd || Math.abs(window.scrollY - target) < 40;
  if (atEnd) $('below').hidden = true;
}

// -- The life of a conversation on this device

function open() {
  conversation = read();
  const welcome = $('welcome');
  if (welcome) {
    document.querySelector('header').appendChild(languages);
    welcome.remove();
  }
  $('erase').hidden = false;
  listen();
}

function forget(key) {
  epoch += 1;
  stopListening();
  clearTimeout(retry);
  try {
    localStorage.removeItem(KEY);
  } catch (problem) { /* there is only the memory */ }
  memory = conversation = latest = null;
  wanted = false;
  last = 0;
  own = {};
  list.textContent = '';
  write('');
  $('waiting').hidden = $('erase').hidden = $('below').hidden = true;
  $('again').hidden = false;
  log.removeAttribute('aria-busy');
  note(key);
}

// What was not sent yet is still the person's: back into the box.
function gone() {
  const texts = unsent().map(({ text }) => text).concat(box.value).filter(Boolean);
  forget(texts.length ? 'web.error' : '');
  write(texts.join('\n'));
}

function forgetIdle() {
  const device = read();
  const idle = Date.now() - (device.used || Infinity) > (device.waiting ? WAITING : IDLE);
  if (idle) forget('web.forgotten');
  return idle;
}

function renew() {
  wanted = true;
  flush();
}

function start() {
  $('dock').hidden = false;
  forgetIdle();
  $('again').hidden = true;
  write(read().draft || '');
  unsent().forEach(showUnsent);
  if (read().id) {
    log.setAttribute('aria-busy', true); // what was there before is not read out again
    open();
  } else if ($('welcome')) flush();
  else renew();
}

// -- What the person does

function write(text) {
  box.value = text;
  grow();
}

function grow() {
  box.dir = box.value ? 'auto' : ''; // empty: as the page, for the placeholder
  box.style.height = 'auto';
  box.style.height = box.scrollHeight + 4 + 'px';
}

let pressed = '';

// Twice within a second is a trembling finger, not a second wish.
function press(button, label) {
  if (pressed === button) return;
  pressed = button;
  setTimeout(() => { pressed = ''; }, 1e3);
  send({ button, label });
}

function submit(event) {
  event.preventDefault();
  const text = box.value.trim();
  write('');
  if (text) send({ text });
  box.focus();
}

const languagesOpen = () => languages.classList.contains('open');

function showLanguages(on) {
  languages.classList.toggle('open', on);
  globe.setAttribute('aria-expanded', on);
  (on ? languages.querySelector('a') : globe).focus();
}

globe.setAttribute('role', 'button');
globe.setAttribute('aria-expanded', false);
globe.onclick = (event) => {
  event.preventDefault();
  showLanguages(!languagesOpen());
};
languages.onclick = (event) => {
  const link = event.target.closest('a');
  if (!link || !read().id) return; // just follow the link
  event.preventDefault();
  showLanguages(false);
  press('language:' + link.lang, link.textContent);
  speak(link.lang).catch(() => {});
};
$('compose').onsubmit = submit;
box.oninput = grow;
box.onkeydown = (event) => {
  // 229: an input method is still composing the sign
  if (event.key === 'Enter' && !event.shiftKey && event.keyCode !== 229) submit(event);
};
each('[data-send]', (one) => {
  one.onclick = () => press(one.dataset.send, one.textContent.trim());
});
$('again').onclick = () => {
  note('');
  list.textContent = '';
  $('again').hidden = true;
  box.focus();
  renew();
};
$('below').onclick = () => window.scrollTo(0, toEnd());

// -- What happens around us

function touched(event) {
  if (event.key === 'Escape' && languagesOpen()) showLanguages(false);
  if (conversation && !forgetIdle()) keep();
}

function saveDraft() {
  if (box.value || read().draft) keep({ draft: box.value });
}

document.onclick = document.onkeydown = touched;
document.addEventListener('leave', () => {
  forget('');
  left = true;
});
document.addEventListener('visibilitychange', () => (document.hidden ? saveDraft() : wake()));
window.onpagehide = saveDraft;
window.onpageshow = (event) => {
  if (!event.persisted || !conversation) return;
  if (read().id === conversation.id) listen();
  else location.reload(); // cleared while this page lay in the browser's cache
};
window.onstorage = (event) => {
  if (event.key === KEY && !event.newValue && conversation) forget(''); // another tab cleared it
};
window.ononline = () => { heardAt = 0; wake(); };
window.onoffline = () => note('web.offline');
window.onscroll = scrolled;
window.onresize = follow;
setInterval(forgetIdle, 30e3);

start();
