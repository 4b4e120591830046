/** Brings the page up to date every few seconds, part by part. Without JavaScript the browser loads it again. */
export const pageScript = `
const state = document.getElementById('updated');
const refresh = async () => {
  if (document.hidden) return;
  try {
    const response = await fetch('/', { signal: AbortSignal.timeout(4000) });
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(part.id);
      if (next && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
    }
    state.textContent = fresh.getElementById('updated')?.textContent ?? '';
    state.className = '';
  } catch {
    state.textContent = 'The process does not answer; these are its last numbers';
    state.className = 'bad';
  }
};
setInterval(refresh, 3000);
document.addEventListener('visibilitychange', refresh);
`;
