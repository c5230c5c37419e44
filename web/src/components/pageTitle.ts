import { useEffect } from "react";

// The title of the window: the part one looks at, the page, the product. A page header says the page, the tabs the part.

const said: { part?: string; page: string } = { page: "" };

function write() {
  const part = said.part === said.page ? undefined : said.part;
  document.title = [part, said.page, "Millrace"].filter(Boolean).join(" · ");
}

export function usePageTitle(page: string): void {
  useEffect(() => {
    said.page = page;
    write();
  }, [page]);
}

/** Names the part of a page; nothing while it is the whole of it. */
export function useTitlePart(part: string | undefined): void {
  useEffect(() => {
    said.part = part;
    write();
    return () => {
      said.part = undefined;
      write();
    };
  }, [part]);
}
