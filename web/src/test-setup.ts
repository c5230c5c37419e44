import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";
import "./lib/i18n";

afterEach(cleanup);

// jsdom lacks what Mantine asks the browser for.
Object.defineProperty(window, "matchMedia", {
  writable: true,
  value: (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => {},
    removeEventListener: () => {},
    addListener: () => {},
    removeListener: () => {},
    dispatchEvent: () => false,
  }),
});
class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}
vi.stubGlobal("ResizeObserver", Observer);
vi.stubGlobal("IntersectionObserver", Observer);
window.HTMLElement.prototype.scrollIntoView = () => {};

// It lays nothing out either: a list has a size here, so that it draws its first rows.
for (const [name, value] of Object.entries({
  clientHeight: 600,
  offsetHeight: 600,
  clientWidth: 1000,
  offsetWidth: 1000,
})) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
}
