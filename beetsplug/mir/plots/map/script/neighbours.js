/* Why tracks are near to each other. Which are, the page brings with it. */
const neighbours = (() => {
  const {n, features, qualities, scores, valueOf, valuesOf, scoreOf, shown} = data;

  const STANDS_OUT = 0.2; // rank from the middle, of 0.5
  const AGREES = 0.15; // difference of ranks
  const TELLS_APART = 0.2; // difference of scores
  const REASONS = 3;

  const ascending = features.map(() => null); // values of each feature, when first needed

  /** Why two tracks are near: what is told of both, and in what both stand out. */
  function reasons(a, b) {
    const found = [...ofTags(a, b), ofQualities(a, b)].filter(Boolean);
    return found.join('; ') || 'alike throughout; in nothing do both stand out';
  }

  /** The tags that both tracks have, and that which tells them apart most. */
  function ofTags(a, b) {
    const all = scores.names.map((name, t) => ({name, a: scoreOf(t, a), b: scoreOf(t, b)}));
    const isTold = (track) => all.some((tag) => tag[track] >= scores.least);
    if (!isTold('a') || !isTold('b')) return [];
    const least = (tag) => Math.min(tag.a, tag.b);
    const apart = (tag) => Math.abs(tag.a - tag.b);
    const both = highest(all, least, scores.least).map(({name}) => name);
    const [other] = highest(all, apart, TELLS_APART);
    return [
      both.length && `both sound like ${both.join(', ')}`,
      other && `apart in ${other.name} (${other.a.toFixed(2)} and ${other.b.toFixed(2)})`,
    ];
  }

  /** The few that have most of something, and enough of it. */
  function highest(all, measure, enough) {
    return all
      .filter((each) => measure(each) >= enough)
      .sort((x, y) => measure(y) - measure(x))
      .slice(0, REASONS);
  }

  /** In what both tracks stand out of the library to the same side. */
  function ofQualities(a, b) {
    const shared = qualities
      .map((quality) => ({quality, a: rankIn(quality, a), b: rankIn(quality, b)}))
      .filter((x) => x.a * x.b > 0 && Math.abs(x.a - x.b) <= AGREES);
    const strength = (x) => Math.min(Math.abs(x.a), Math.abs(x.b));
    const told = highest(shared, strength, STANDS_OUT).map((x) => {
      const word = x.a > 0 ? x.quality.more : x.quality.less;
      return `both ${word} (${bothValues(x.quality.features[0], a, b)})`;
    });
    return told.join(', ');
  }

  function bothValues(f, a, b) {
    const {name, unit} = features[f];
    return `${name} ${shown(f, a)} and ${shown(f, b)} ${unit}`.trim();
  }

  /** Where a track is in a quality, from -0.5 to 0.5; the middle of the library is at 0. */
  function rankIn(quality, i) {
    const sum = quality.features.reduce((before, f) => before + rank(f, i), 0);
    return sum / quality.features.length - 0.5;
  }

  /** The rank from 0 to 1 of a feature's value; equal values share theirs. */
  function rank(f, i) {
    const sorted = sort(f);
    const value = valueOf(f, i);
    const below = firstOf(sorted, (other) => other >= value);
    const notAbove = firstOf(sorted, (other) => other > value);
    return (below + notAbove) / 2 / n;
  }

  function sort(f) {
    ascending[f] = ascending[f] || valuesOf(f).sort();
    return ascending[f];
  }

  /** Where among values that rise the first is of which something holds. */
  function firstOf(sorted, holds) {
    let [from, to] = [0, sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (holds(sorted[middle])) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  /** What is done before it is asked for. */
  function preparing() {
    return features.map((_, f) => () => sort(f));
  }

  return {reasons, preparing};
})();
