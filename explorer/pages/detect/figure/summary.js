/* The sentence about the result, and how high the table is, for the rows that are shown. */
if (source.tags[0] != "result") return;
const off = new Set(hidden.data.class_id);
const { class_id } = source.data;
const scores = Array.from(source.data.score).filter((_score, i) => !off.has(class_id[i]));
const least = Math.fround(slider.value);
const number = scores.filter((score) => score >= least).length;
const text = number == 1 ? texts[1] : number > 1 ? texts[2] : scores.length ? texts[0] : texts[3];
sentence.text = text.replace("{number}", number).replace("{threshold}", slider.value.toFixed(2))
  .replace("{best}", scores.length ? scores[0].toFixed(2) : "")
  + (number ? "" : " " + source.tags[1]);
table.visible = number > 0;
table.height = header + row * Math.min(Math.max(number, fewest), most);
sentence.css_classes = [number ? "some" : "none"];
