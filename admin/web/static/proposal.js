// Follows the trial of a proposal: fetches its part of the page until there is a report.
const EVERY_MS = 1000;
const AT_MOST = 600;

const part = document.getElementById("trial");
const said = document.getElementById("trial-said");

const pause = () => new Promise((go) => setTimeout(go, EVERY_MS));
const isUnderWay = () => part.querySelector("[data-under-way]") !== null;

async function fetched() {
  const answer = await fetch(part.dataset.source, { headers: { Accept: "text/html" } });
  // After signing out the answer is another page: this one stays as it is.
  return answer.ok && !answer.redirected ? answer.text() : null;
}

for (let times = 0; times < AT_MOST && isUnderWay(); times += 1) {
  await pause();
  const html = await fetched().catch(() => null);
  if (html !== null) {
    part.innerHTML = html;
  }
}
if (!isUnderWay()) {
  said.textContent = said.dataset.done;
}
