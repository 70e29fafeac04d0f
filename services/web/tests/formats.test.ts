import { describe, expect, it } from "vitest";
import { groupedAddress, shortAddress } from "@/formats/addresses";
import { amountOf, counted, formatAmount, shortAmount } from "@/formats/amounts";
import { explorerLack, explorerUrl } from "@/formats/explorers";
import { entriesOf, kindOf, sizeWords } from "@/formats/json";
import { formatAge, formatDuration, formatTime, isoMoment, longDate, longMonth, monthAfter, monthsBetween } from "@/formats/times";

describe("amounts", () => {
  it.each([
    ["0", "0"],
    ["1", "0.0000001"],
    ["10000000", "1"],
    ["25000000", "2.5"],
    ["24835717500000", "2,483,571.75"],
    ["1000000000000000000", "100,000,000,000"],
    ["999999999999999999", "99,999,999,999.9999999"],
    ["-15000000", "−1.5"],
  ])("%s stroops are %s XLM", (stroops, text) => expect(formatAmount(stroops)).toBe(text));

  it("keep the decimals apart, so that they can be dimmed", () => {
    expect(amountOf("12345678900000")).toEqual({ whole: "1,234,567", fraction: ".89" });
    expect(amountOf("10000000")).toEqual({ whole: "1", fraction: "" });
  });

  it.each([
    ["1000000000000000000", "100 B"],
    ["42000000000000000", "4.2 B"],
    ["100000000000", "10 K"],
    ["99999999999", "9,999.99"],
    ["59604644775", "5,960.46"],
    ["10050000", "1"],
    ["1", "0.0000001"],
    ["19999999999999", "2 M"],
    ["197983933528653173", "19.8 B"],
    ["9999499999999", "999.9 K"],
    ["9999500000000", "1 M"],
    ["-9999500000000", "−1 M"],
    ["25000000", "2.5"],
  ])("%s stroops are %s for short", (stroops, text) => expect(shortAmount(stroops)).toBe(text));

  it("count one and many", () => {
    expect(counted(1, "child", "children")).toBe("1 child");
    expect(counted(79980, "child", "children")).toBe("79,980 children");
    expect(counted(0, "child", "children")).toBe("0 children");
  });
});

describe("addresses", () => {
  const address = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";
  it("show both ends", () => expect(shortAddress(address)).toBe("GAAZI…CCWN7"));
  it("group by four", () => expect(groupedAddress(address).split(" ")).toHaveLength(14));
});

describe("times", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  it.each([
    ["2026-11-24T11:59:59.500Z", "just now"],
    ["2026-11-24T11:59:48Z", "12 s ago"],
    ["2026-11-24T11:55:00Z", "5 min ago"],
    ["2026-11-24T02:00:00Z", "10 h ago"],
    ["2026-11-18T12:00:00Z", "6 d ago"],
    ["2026-11-17T12:00:00Z", "2026-11-17"],
    ["2018-11-05T03:04:05Z", "2018-11-05"],
  ])("%s is %s", (iso, text) => expect(formatTime(iso, now)).toBe(text));

  it("have an age, a long form and an exact moment", () => {
    expect(formatAge("2018-11-05T03:04:05Z", now)).toBe("8 y ago");
    expect(longDate("2018-11-05T23:59:59Z")).toBe("Nov 5, 2018");
    expect(isoMoment("2018-11-05T03:04:05+00:00")).toBe("2018-11-05T03:04:05Z");
    expect(formatDuration(850)).toBe("850 ms");
  });

  it("count months over the turn of a year", () => {
    expect(monthAfter("2018-11", 0)).toBe("2018-11");
    expect(monthAfter("2018-11", 2)).toBe("2019-01");
    expect(monthAfter("2018-12", 24)).toBe("2020-12");
    expect(monthsBetween("2018-11", "2019-01")).toBe(2);
    expect(monthsBetween("2018-11", "2018-10")).toBe(-1);
    expect(longMonth("2018-11")).toBe("Nov 2018");
  });
});

describe("pages of Stellar Expert", () => {
  it("are there for the networks it knows, and for what it knows", () => {
    expect(explorerUrl("public", "account", "GA")).toBe("https://stellar.expert/explorer/public/account/GA");
    expect(explorerUrl("testnet", "account", "CA")).toBe("https://stellar.expert/explorer/testnet/contract/CA");
    expect(explorerUrl("public", "op", "123")).toBe("https://stellar.expert/explorer/public/op/123");
    expect(explorerUrl("public", "tx", "ab12")).toBe("https://stellar.expert/explorer/public/tx/ab12");
    expect(explorerUrl("public", "ledger", 7)).toBe("https://stellar.expert/explorer/public/ledger/7");
  });

  it("are not there for the others, which is said", () => {
    expect([explorerUrl("sandbox", "tx", "ab"), explorerUrl("testnet-1", "tx", "ab")]).toEqual([null, null]);
    expect(explorerLack("sandbox")).toContain("does not know sandbox");
    expect(explorerLack("testnet-1")).toContain("present epoch");
    expect(explorerLack("public")).toBeNull();
  });
});

describe("a JSON document", () => {
  it("is shown by its parts, with how many each has", () => {
    expect([{ a: 1 }, [1, 2], [], {}].map(sizeWords)).toEqual(["{1}", "[2]", "[]", "{}"]);
    expect([null, "a", 1, true, [], {}].map(kindOf)).toEqual(["null", "string", "number", "boolean", "list", "object"]);
    expect(entriesOf(["a"])).toEqual([["0", "a"]]);
    expect(entriesOf("a")).toBeNull();
  });
});
