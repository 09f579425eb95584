/* A click where boxes lie over each other means the smallest. */
const rows = source.selected.indices;
if (rows.length > 1) {
  const area = source.data.area_px;
  source.selected.indices = [rows.reduce((a, b) => area[b] < area[a] ? b : a)];
}
