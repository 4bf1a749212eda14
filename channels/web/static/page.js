// Leaving at once (the button, or Escape three times quickly) and printing. Without JavaScript the button is a link.
const exit = document.getElementById('exit');
const print = document.getElementById('print');
const QUICKLY = 1500; // milliseconds for the three presses
let presses = [];

function leave() {
  const elsewhere = exit.href;
  document.dispatchEvent(new Event('leave')); // the chat forgets, and writes nothing to the device any more
  try {
    localStorage.removeItem('wegwijs');
  } catch (problem) { /* no storage: nothing to clear */ }
  document.title = ' ';
  document.documentElement.hidden = true; // at once: the other page may take seconds on a slow line
  location.replace(elsewhere); // "back" does not lead here
}

exit.addEventListener('click', (event) => {
  event.preventDefault();
  leave();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.repeat) return;
  const now = Date.now();
  presses = presses.filter((time) => now - time < QUICKLY).concat(now);
  if (presses.length > 2) leave();
});
if (print) {
  print.hidden = false;
  print.addEventListener('click', () => window.print());
}
