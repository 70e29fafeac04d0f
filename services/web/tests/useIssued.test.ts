import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, shallowRef } from "vue";
import { keys } from "@/api/queries";
import { useIssued } from "@/composables/useIssued";

const [READ, UNREAD, UNMAPPED, BROKEN] = ["GREAD", "GUNREAD", "GUNMAPPED", "GBROKEN"];
const fetched = vi.fn<typeof fetch>();

function answer(address: string): Response {
  const enrichment = { fresh_as_of: { issued_assets: "2026-11-30T00:00:00Z" }, issued_assets: [{ code: "USDX", kind: "credit_alphanum4", holders: 3, amount_stroops: "5" }], issued_assets_total: 1, issued_assets_complete: true };
  if (address === READ) return Response.json({ address, enrichment });
  if (address === UNREAD) return Response.json({ address, enrichment: null });
  return Response.json({ type: address === UNMAPPED ? "not-mapped" : "store-error", title: "x", detail: "x" }, { status: address === UNMAPPED ? 404 : 500 });
}

function issuedOf(...addresses: string[]) {
  const asked = shallowRef<readonly string[]>(addresses);
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  let made!: ReturnType<typeof useIssued>;
  const component = defineComponent({
    setup() {
      made = useIssued("sandbox");
      made.ask(asked);
      return () => h("i");
    },
  });
  mount(component, { global: { plugins: [[VueQueryPlugin, { queryClient }]] } });
  return { ...made, asked, queryClient };
}

beforeEach(() => {
  fetched.mockImplementation((request) => Promise.resolve(answer(new URL((request as Request).url).pathname.split("/").at(-1)!)));
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("what accounts issue", () => {
  it("is as their profiles say; of whom nobody has looked at it is not known", async () => {
    const { issued, error } = issuedOf(READ!, UNREAD!, UNMAPPED!);
    await flushPromises();
    expect(Object.fromEntries(issued.value)).toEqual({ [READ!]: { assets: [{ code: "USDX", holders: 3, amount: "5" }], total: 1, exact: true }, [UNREAD!]: null, [UNMAPPED!]: null });
    expect(error.value).toBeNull();
  });

  it("is asked once each, and again only of those who are new", async () => {
    const { asked } = issuedOf(READ!);
    await flushPromises();
    asked.value = [READ!];
    asked.value = [READ!, UNREAD!];
    await flushPromises();
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it("is told as soon as the profile is read", async () => {
    const { issued, queryClient } = issuedOf(UNREAD!);
    await flushPromises();
    const { enrichment } = (await answer(READ!).json()) as { enrichment: object };
    queryClient.setQueryData(keys.profile("sandbox", UNREAD!), { address: UNREAD!, enrichment });
    await flushPromises();
    expect(issued.value.get(UNREAD!)).toMatchObject({ total: 1 });
  });

  it("says that it could not be read, and is read again when asked to", async () => {
    const { issued, error, retry } = issuedOf(BROKEN!);
    await flushPromises();
    expect(error.value).not.toBeNull();
    expect(issued.value.size).toBe(0);
    fetched.mockImplementation(() => Promise.resolve(Response.json({ address: BROKEN, enrichment: null })));
    retry();
    await flushPromises();
    expect([error.value, issued.value.get(BROKEN!)]).toEqual([null, null]);
  });
});
