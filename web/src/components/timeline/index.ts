export { MiniMap } from "./MiniMap";
export { day, hour, shift, zoom } from "./scale";
export { spanText, Timeline, type TimelineProps } from "./Timeline";
export { TimelinePages } from "./TimelinePages";
export { TimelineTable } from "./TimelineTable";
export type { Bar, Change, Ghost, Row, Shade, Span } from "./types";
