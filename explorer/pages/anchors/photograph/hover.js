/* The cell of the selected map under the pointer. */
const [l, r, t, b] = ["left", "right", "top", "bottom"].map((k) => cell.data[k][0]);
const [w, h] = [r - l, b - t];
const [column, row] = [Math.floor(cb_obj.x / w), Math.floor(cb_obj.y / h)];
const [width_px, height_px] = [size.data.width[0], size.data.height[0]];
const on = column >= 0 && row >= 0 && (column + 0.5) * w < width_px && (row + 0.5) * h < height_px;
hover.data = on
  ? { left: [column * w], right: [column * w + w], top: [row * h], bottom: [row * h + h] }
  : { left: [], right: [], top: [], bottom: [] };
