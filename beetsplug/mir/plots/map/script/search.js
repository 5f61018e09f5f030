/* Finding tracks by artist, title and genre: the field, and the list that opens below it. */
const search = (() => {
  const {byId, element, counted} = page;
  const {n, titles, titleOf, artistOf, genreOf} = data;

  const MOST_FOUND = 50; // results that are listed

  const ACCENTS = /[\u0080-\uffff]/; // and all else that is not plain

  let found = []; // tracks
  const folded = []; // what is searched, of as many tracks as it was made of
  const AT_A_TIME = 4000;

  function fold(text) {
    if (!ACCENTS.test(text)) return text.toLowerCase();
    return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  }

  function foldUpTo(end) {
    for (let i = folded.length; i < end; i++) {
      folded.push(fold(`${artistOf(i)}\n${titles[i]}\n${genreOf(i)}`));
    }
  }

  /** What is done before it is asked for. */
  function preparing() {
    const steps = Array.from({length: Math.ceil(n / AT_A_TIME)}, (_, k) => (k + 1) * AT_A_TIME);
    return steps.map((end) => () => foldUpTo(Math.min(end, n)));
  }

  /** The tracks in which all words of a text are. */
  function find(text) {
    foldUpTo(n);
    const words = fold(text).split(/\s+/).filter(Boolean);
    const hits = [];
    if (!words.length) return hits;
    for (let i = 0; i < n; i++) {
      if (words.every((word) => folded[i].includes(word))) hits.push(i);
    }
    return hits;
  }

  function showFound() {
    const text = byId('search').value;
    found = find(text);
    const listed = found.length > MOST_FOUND ? `, the first ${MOST_FOUND} are:` : '';
    byId('found-count').textContent = counted(found.length) + listed;
    byId('results').replaceChildren(...found.slice(0, MOST_FOUND).map(result));
    byId('select-found').hidden = !found.length;
    openResults(text.trim() !== '');
    highlight(0);
  }

  function result(i, index) {
    const item = element('li', '');
    item.id = `result-${index}`;
    item.setAttribute('role', 'option');
    item.append(
      element('span', titleOf(i)),
      element('span', [artistOf(i), genreOf(i)].filter(Boolean).join(' · ')),
    );
    item.addEventListener('click', () => pick(index));
    return item;
  }

  function openResults(open) {
    byId('found').hidden = !open;
    byId('search').setAttribute('aria-expanded', String(open));
  }

  function highlighted() {
    return [...byId('results').children].findIndex((item) => item.ariaSelected === 'true');
  }

  function highlight(index) {
    const items = [...byId('results').children];
    const at = Math.max(0, Math.min(index, items.length - 1));
    items.forEach((item, k) => item.setAttribute('aria-selected', String(k === at)));
    byId('search').setAttribute('aria-activedescendant', items.length ? items[at].id : '');
    if (items.length) items[at].scrollIntoView({block: 'nearest'});
  }

  function pick(index) {
    openResults(false);
    if (index >= 0 && index < found.length) panel.choose(found[index]);
  }

  function selectFound() {
    openResults(false);
    selection.select(found);
  }

  function onKey(event) {
    const at = highlighted();
    const open = !byId('found').hidden;
    const actions = {
      ArrowDown: () => (open ? highlight(at + 1) : showFound()),
      ArrowUp: () => highlight(at - 1),
      Enter: () => open && pick(at),
      Escape: () => openResults(false),
    };
    if (!actions[event.key] || (event.key === 'Escape' && !open)) return;
    event.preventDefault();
    actions[event.key]();
  }

  function listen() {
    byId('search').addEventListener('input', showFound);
    byId('search').addEventListener('keydown', onKey);
    byId('finder').addEventListener('focusout', ({relatedTarget}) => {
      if (!byId('finder').contains(relatedTarget)) openResults(false);
    });
    // A press on a result must not take the focus, which would close the list.
    byId('results').addEventListener('mousedown', (event) => event.preventDefault());
    byId('select-found').addEventListener('click', selectFound);
  }

  return {listen, preparing};
})();
