import { dirname, join } from "node:path/posix";

/** The anchors GitHub makes of a page's headings. */
export function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(text).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    anchors.add(times === 0 ? anchor : `${anchor}-${times}`);
  }
  return anchors;
}

/** The links of a page, as written, to other files and to its own anchors; also of HTML's `href`, `src` and `srcset`. */
export function linksOf(text: string): string[] {
  const prose = withoutBlocks(text).replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:href|src|srcset)="([^"]+)"/g)].map(([, link, html]) =>
    link ?? html ?? ""
  )
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** The links of a page that lead nowhere. `read` gives a file's text, undefined when there is none. */
export function findDeadLinks(page: string, read: (path: string) => string | undefined): string[] {
  const text = read(page) ?? "";
  return linksOf(text).filter((link) => {
    const [path = "", anchor] = link.split("#");
    const there = read(path === "" ? page : join(dirname(page), decodeURIComponent(path)));
    return there === undefined || (anchor !== undefined && !anchorsOf(there).has(anchor));
  });
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^( *)```.*?^\1```$/gms, "");
}
