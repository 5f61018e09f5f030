/* Which side of it the panel shows: the library, or what is chosen and selected in it. */
const sides = (() => {
  const {byId, isNarrow, state} = page;

  const HEADINGS = {library: 'library-title', selection: 'selection-title', track: 'title'};

  const panelShown = document.querySelector('aside');

  /** Show a side of the panel: the wanted one, or what there is in its place. */
  function show(wanted) {
    const there = {
      library: true,
      selection: state.selected !== null,
      track: state.chosen >= 0,
    };
    const side = [wanted, 'track', 'selection', 'library'].find((name) => there[name]);
    const atLibrary = side === 'library';
    const focused = panelShown.contains(document.activeElement) && document.activeElement;
    byId('library').hidden = !atLibrary;
    byId('selection').hidden = atLibrary || !there.selection;
    byId('track').hidden = atLibrary || !there.track;
    byId('to-library').hidden = atLibrary;
    byId('to-chosen').hidden = !atLibrary || !(there.selection || there.track);
    if (focused && !isSeen(focused)) goTo(side);
  }

  function isSeen(part) {
    return part.getClientRects().length > 0;
  }

  /** What had the focus is gone: go on from the side's heading. */
  function goTo(side) {
    byId(HEADINGS[side]).focus({preventScroll: true});
    panelShown.scrollTop = 0;
    if (isNarrow()) byId('map').scrollIntoView(); // above the panel: it shows what was chosen
  }

  function listen() {
    byId('to-library').addEventListener('click', () => show('library'));
    byId('to-chosen').addEventListener('click', () => show('track'));
  }

  return {show, listen};
})();
