import { beforeEach, describe, expect, it, vi } from "vitest";

beforeEach(() => {
  localStorage.clear();
  vi.resetModules();
});

const visit = () => import("@/help/firstVisit");

describe("hints for the first visit", () => {
  it("are shown once, and never on another visit", async () => {
    const first = await visit();
    expect(first.hintsShown.value).toBe(false);
    first.greet();
    expect(first.hintsShown.value).toBe(true);
    first.greet();
    expect(first.hintsShown.value).toBe(true);
    vi.resetModules();
    const second = await visit();
    second.greet();
    expect(second.hintsShown.value).toBe(false);
  });

  it("are gone for good once they are put away", async () => {
    const hints = await visit();
    hints.greet();
    hints.dismissHints();
    hints.greet();
    expect(hints.hintsShown.value).toBe(false);
  });

  it("are shown to nobody where nothing can be remembered", async () => {
    const hints = await visit();
    vi.stubGlobal("localStorage", {
      getItem: () => {
        throw new DOMException("no");
      },
    });
    hints.greet();
    expect(hints.hintsShown.value).toBe(false);
    vi.unstubAllGlobals();
  });
});
