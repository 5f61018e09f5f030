/* The page's controls, and its start: all parts are there, and the map is drawn. */
(() => {
  const {byId, dark, state} = page;
  const {features, scores, genres, clusters, nComponents} = data;
  const {begin, draw, zoom, showWhole} = drawing;

  async function start() {
    fillColours();
    library.show();
    lines.show();
    panel.whenChosen(lines.markChosen);
    byId('legend').setAttribute('aria-pressed', String(state.legend));
    document.querySelector('[name=view][value="3"]').disabled = nComponents < 3;
    begin(selection.selectGroup);
    await draw();
    pointer.listen();
    search.listen();
    sides.listen();
    keys.listen();
    listenToView();
    listenToPanel();
    page.whenIdle([search, data, neighbours].flatMap((part) => part.preparing()));
    document.documentElement.dataset.ready = 'yes';
  }

  function fillColours() {
    byId('colour').append(new Option('Genre', 'genre'), new Option('Cluster', 'cluster'));
    if (scores.names.length) addColours('Sounds like', scores.names, features.length);
    addColours(
      'Feature',
      features.map(({name}) => name),
      0,
    );
  }

  /** Offer measures to colour by, which have their numbers one after the other. */
  function addColours(label, names, from) {
    const group = document.createElement('optgroup');
    group.label = label;
    group.append(...names.map((name, index) => new Option(name, from + index)));
    byId('colour').append(group);
  }

  function on(id, event, action) {
    byId(id).addEventListener(event, action);
  }

  /** Draw the map in another way. */
  function change(name, value) {
    state[name] = value;
    pointer.hideTip();
    return draw();
  }

  function listenToView() {
    on('colour', 'change', ({target: {value}}) =>
      change('colour', /^\d+$/.test(value) ? Number(value) : value),
    );
    on('views', 'change', ({target}) => {
      byId('drags').disabled = target.value === '3';
      change('view', Number(target.value));
    });
    on('drags', 'change', ({target: {value}}) => {
      state.drag = value;
      drawing.map.dataset.drag = value;
    });
    on('legend', 'click', ({target}) => {
      target.setAttribute('aria-pressed', String(!state.legend));
      change('legend', !state.legend);
    });
    on('zoom-in', 'click', () => zoom(1 / 0.7));
    on('zoom-out', 'click', () => zoom(0.7));
    on('reset', 'click', showWhole);
    dark.addEventListener('change', () => {
      library.show();
      return draw();
    });
  }

  function listenToPanel() {
    on('select-genre', 'click', () => selection.selectLike(genres));
    on('select-cluster', 'click', () => selection.selectLike(clusters));
    on('clear', 'click', () => selection.select(null));
    on('copy', 'click', selection.copy);
    on('download', 'click', selection.download);
    on('play', 'click', panel.play);
  }

  start();
})();
