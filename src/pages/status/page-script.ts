/** Brings the page up to date in place: what is unfolded and focused stays so. Without it the page reloads itself. */
export const SCRIPT = `'use strict';
const everyMs = 5000;
const lost = document.getElementById('lost');
let since;

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.pathname, { headers: { accept: 'text/html' } });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const main = fresh.querySelector('main');
    if (!main) throw new Error('no page');
    since = undefined;
    lost.hidden = true;
    replace(document.querySelector('main'), main);
    document.title = fresh.title;
  } catch {
    since ??= new Date();
    lost.textContent = 'No answer since ' + since.toLocaleTimeString() + '. What you see is as of then.';
    lost.hidden = false;
  }
}

function replace(old, main) {
  if (old.innerHTML === main.innerHTML) return;
  for (const details of old.querySelectorAll('details[open]')) main.querySelector('#' + details.id)?.setAttribute('open', '');
  const focused = document.activeElement?.closest('[id]')?.id ?? '';
  const inside = document.activeElement;
  const selector = inside && old.contains(inside) ? pathOf(inside, old) : undefined;
  const scrolled = [...old.querySelectorAll('.wide')].map((region) => region.scrollLeft);
  old.replaceWith(main);
  main.querySelectorAll('.wide').forEach((region, i) => { region.scrollLeft = scrolled[i] ?? 0; });
  if (selector) (main.querySelector(selector) ?? document.getElementById(focused))?.focus({ preventScroll: true });
}

function pathOf(element, root) {
  const steps = [];
  for (let at = element; at !== root; at = at.parentElement) {
    const place = [...at.parentElement.children].indexOf(at) + 1;
    steps.unshift(at.tagName.toLowerCase() + ':nth-child(' + place + ')');
  }
  return ':scope > ' + steps.join(' > ');
}

setInterval(refresh, everyMs);
document.addEventListener('visibilitychange', refresh);
`;
