/* Which of the rows that are shown have a label: the best, and none over a better one's label. */
const { score, left, top, class_id } = source.data;
const least = Math.fround(slider.value);
const off = new Set(hidden.data.class_id);
const side = range.end - range.start;
const written = [];
return Array.from(score, (value, i) => {
  const covers = (j) =>
    Math.abs(left[i] - left[j]) < 0.26 * side && Math.abs(top[i] - top[j]) < 0.055 * side;
  const shown = value >= least && !off.has(class_id[i]) && written.length < most
    && !written.some(covers);
  if (shown) written.push(i);
  return shown;
});
