/* Which rows are shown: those that are sure enough, of the classes that are wanted. */
const least = Math.fround(slider.value);
const { score, class_id } = source.data;
const off = new Set(hidden.data.class_id);
return Array.from(score, (value, i) => value >= least && !off.has(class_id[i]));
