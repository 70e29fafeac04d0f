/** Grows the nodes of a model: a chain, and below its accounts whatever is expanded and loaded. */

import type { KnownFilter } from "@/api/queries";
import type { ChildSet, Life, NotableChild, SiblingLevel } from "@/api/types";
import type { Hop } from "./ancestry";
import { CHILDLESS, countOf, type Draft, draftOf, type Facts, lifeFacts, notableFacts, undated } from "./drafts";
import { allNotableId, ANCESTORS, chosenKey, lifeId, listKey, moreId, notableKey, siblingsKey, spanId } from "./ids";
import { MOST_TWIGS } from "./spots";
import { cut, cutFiner, spanTotal, spanWithout } from "./months";
import type { Chosen, Loaded, Span, TreeNode, Wanted } from "./types";

/** Sets up to this size are listed child by child, larger ones by months. */
export const LISTED = 60;
/** A list that is on the screen stays one while it grows to this size. */
const STAYS_LISTED = 2 * LISTED;
/** So many levels of siblings are read at first; the most the server tells at once. */
export const NEAR_LEVELS = 12;
const MOST_LEVELS = 32;

/** No more of those that stand out are read. */
const MOST_NOTABLE = 200;
/** More matches than this are not read. */
const MOST_CHOSEN = 1_000;

type Bounds = Pick<Wanted & { what: "page" }, "key" | "address" | "from" | "to" | "sort" | "known">;

export class Growth {
  readonly nodes = new Map<string, TreeNode>();
  readonly wants: Wanted[] = [];
  readonly sets = new Map<string, ChildSet>();
  chosen: Chosen | null = null;

  constructor(
    private readonly loaded: Loaded,
    private readonly expanded: ReadonlySet<string>,
    private readonly filter: KnownFilter | null,
  ) {}

  /** Grows the chain, and the way down from it, with everything below. Returns the ids of its hops, outermost first. */
  plant(chain: readonly Hop[], children: ChildSet): string[] {
    const drafts: Draft[] = [];
    for (const [at, hop] of chain.entries()) {
      const draft = this.add(this.hopFacts(hop, children), drafts[at - 1] ?? null);
      drafts.push(draft);
    }
    for (const [at, draft] of drafts.entries()) this.besidePath(draft, { children, life: chain[at + 1]?.life ?? null });
    return drafts.map((draft) => draft.id);
  }

  /** What the path leaves beside it: of the account all its children, of others those of whom it is asked. */
  private besidePath(draft: Draft, { children, life }: { children: ChildSet; life: Life | null }): void {
    if (draft.kind === "focus") {
      draft.expanded = true;
      if (this.filter) this.choose(draft, { set: children, path: life, filter: this.filter });
      else this.childrenOfAccount(draft, children, life);
    } else if (draft.expanded) this.expandAccount(draft, life);
    draft.setSize = draft.children.length + draft.rest;
  }

  /** Of each ancestor that is not open the first few of its other children, nearest ancestor first. */
  siblings(focus: string, address: string): void {
    const chain: Draft[] = [];
    for (let at = this.draft(focus).parent; at !== null; at = chain.at(-1)!.parent) chain.push(this.draft(at));
    const levels = this.expanded.has(moreId(ANCESTORS, NEAR_LEVELS)) ? MOST_LEVELS : NEAR_LEVELS;
    const key = siblingsKey(focus, chain.length, levels);
    const found = this.loaded.siblings?.get(key);
    if (found) for (const [at, level] of found.entries()) this.fewSiblings(chain[at], level);
    else if (chain.some(({ kind }) => kind === "ancestor")) this.wants.push({ what: "siblings", key, address, levels });
  }

  private fewSiblings(creator: Draft | undefined, { creator: address, total, complete, siblings }: SiblingLevel): void {
    if (creator?.address !== address) return; // the chain has grown since
    creator.count ??= { value: total, exact: complete };
    if (creator.expanded) return;
    for (const life of siblings) this.child(creator, lifeFacts(life.address, life));
    creator.rest = Math.max(0, total - creator.children.length);
    creator.setSize = creator.children.length + creator.rest;
  }

  private draft(id: string): Draft {
    return this.nodes.get(id) as Draft;
  }

  /** Of the first children of the account that have enough children for a disc: what these are at a glance. */
  glimpse(id: string, most: number): void {
    const many = this.nodes.get(id)!.children.map((child) => this.nodes.get(child)!);
    const discs = many.filter(({ kind, count }) => kind === "child" && (count?.value ?? 0) > MOST_TWIGS);
    for (const { id: child, address, expanded } of discs.slice(0, most)) {
      const set = this.loaded.sets.get(address!);
      (this.nodes.get(child) as Draft).buds = set ? set.notable.map(({ children }) => children).filter(Boolean) : [];
      if (set) this.sets.set(child, set);
      else if (!expanded) this.wants.push({ what: "set", address: address! });
    }
  }

  private hopFacts(hop: Hop, children: ChildSet): Facts {
    const { kind, address, end, reason } = hop;
    if (kind === "end") return { id: `end:${end}`, kind, address, end, reason };
    const set = kind === "focus" ? children : this.loaded.sets.get(address!);
    const facts = { ...lifeFacts(address!, hop.life), count: set ? countOf(set) : null };
    if (kind === "way") return { ...facts, kind: "child", way: true, expandable: true };
    return { ...facts, kind, expandable: kind === "ancestor" };
  }

  private expandAccount(account: Draft, path: Life | null): void {
    const set = this.loaded.sets.get(account.address!);
    if (set) this.childrenOfAccount(account, set, path);
    else this.wants.push({ what: "set", address: account.address! });
  }

  private childrenOfAccount(account: Draft, set: ChildSet, path: Life | null): void {
    this.sets.set(account.id, set);
    if (path) this.countPath(this.draft(account.children[0]!), set, path);
    const lives = this.wholeList(account.id, set.total);
    if (set.total > (lives ? STAYS_LISTED : LISTED)) this.glance(account, set, path);
    else {
      if (lives) this.list(account, set, lives, path);
      else this.awaitList(account, set, path);
      const key = listKey(account.id, set.total);
      if (account.rest > 0) this.wantPage(account.id, { key, address: account.address!, from: null, to: null });
    }
    account.setSize = account.children.length + account.rest;
  }

  /** Of the children those that match, as far as they are read; whoever is on the path stays. */
  private choose(account: Draft, { set, path, filter }: { set: ChildSet; path: Life | null; filter: KnownFilter }): void {
    this.sets.set(account.id, set);
    const key = chosenKey(account.id, filter, set.complete ? set.total : null);
    const pages = this.loaded.pages.get(key) ?? [];
    const known = path ? lifeId(path) : null;
    const matches = pages.flatMap(({ notable }) => notable);
    for (const child of matches) if (lifeId(child) !== known) this.child(account, notableFacts(child, account.address!), child);
    const last = pages.at(-1);
    const unread = last?.next_cursor !== null;
    if (unread && matches.length < MOST_CHOSEN) this.wantPage(account.id, { key, address: account.address!, from: null, to: null, known: filter });
    this.chosen = {
      matching: { value: matches.length, exact: !unread && set.complete && last.total === set.total },
      ofKnown: last ? { value: last.of_known ?? 0, exact: !last.known_truncated } : null,
      of: { value: set.total, exact: set.complete },
      cut: last?.issuers_cut ?? 0,
    };
  }

  private countPath(hop: Draft, { notable }: ChildSet, path: Life): void {
    const own = notable.find((child) => lifeId(child) === lifeId(path));
    if (own) hop.count ??= { value: own.children, exact: own.children_complete };
  }

  /** A small set, child by child. */
  private list(account: Draft, set: ChildSet, lives: readonly Life[], path: Life | null): void {
    const notable = new Map(set.notable.map((child, at) => [lifeId(child), { child, at }]));
    const rankOf = (life: Life) => notable.get(lifeId(life))?.at ?? set.notable.length;
    const known = path ? lifeId(path) : null;
    for (const life of lives.toSorted((a, b) => rankOf(a) - rankOf(b))) {
      if (lifeId(life) === known) continue;
      this.child(account, lifeFacts(life.address, life), notable.get(lifeId(life))?.child);
    }
    account.rest = Math.max(0, set.total - lives.length);
  }

  /** The same while it is fetched: those that will stand first are known already. */
  private awaitList(account: Draft, set: ChildSet, path: Life | null): void {
    const apart = this.notable(account, set, path);
    account.rest = Math.max(0, set.total - apart.length);
  }

  /** All children as of the latest list that was loaded to its end, the present one if it is there. */
  private wholeList(account: string, total: number): Life[] | null {
    const whole = (key: string) => this.loaded.pages.get(key)?.at(-1)?.next_cursor === null;
    const lists = [...this.loaded.pages.keys()].filter((key) => key.startsWith(`${account}#`) && whole(key));
    const present = listKey(account, total);
    const key = lists.includes(present) ? present : lists.at(-1);
    return key === undefined ? null : this.loaded.pages.get(key)!.flatMap((page) => page.children);
  }

  /** A large set: children that have children, and months. */
  private glance(account: Draft, set: ChildSet, path: Life | null): void {
    const notable = this.allNotable(account, set);
    const apart = this.notable(account, { ...set, notable }, path);
    account.unlisted = Math.max(0, set.notable_total - notable.length);
    const months = spanWithout(set.histogram, apart);
    const spans = months ? cut(months) : [];
    for (const span of spans) this.span(account, account, span);
    const placed = spans.reduce((sum, span) => sum + spanTotal(span), apart.length);
    if (set.total > placed) this.add(undated(account.id, set.total - placed, set.complete), account);
  }

  /** Those that are told at a glance, and the others once somebody has asked for them. */
  private allNotable(account: Draft, { notable, notable_total: total }: ChildSet): NotableChild[] {
    if (total <= notable.length || !this.expanded.has(allNotableId(account.id))) return notable;
    const key = notableKey(account.id, total);
    const read = this.loaded.pages.get(key)?.flatMap((page) => page.notable) ?? [];
    if (read.length < MOST_NOTABLE) this.wantPage(account.id, { key, address: account.address!, from: null, to: null, sort: "children" });
    const told = new Set(notable.map(lifeId));
    return [...notable, ...read.filter((child) => !told.has(lifeId(child)))];
  }

  /** Adds the children known to have children. Returns when they, and the one on the path, were created. */
  private notable(account: Draft, set: ChildSet, path: Life | null): (string | null)[] {
    const known = path ? lifeId(path) : null;
    const notable = set.notable.filter((child) => lifeId(child) !== known);
    for (const child of notable) this.child(account, notableFacts(child, account.address!), child);
    return [...notable.map((child) => child.created_at), ...(path ? [path.created_at] : [])];
  }

  private child(parent: Draft, facts: Facts, notable?: NotableChild): void {
    if (notable) {
      facts.count = { value: notable.children, exact: notable.children_complete };
      facts.expandable = notable.children > 0;
      facts.face = notable.face;
      facts.merged ||= notable.ended_op !== null;
      facts.name ??= notable.face?.name ?? null;
    }
    const draft = this.add(facts, parent);
    if (draft.expanded) this.expandAccount(draft, null);
  }

  private span(account: Draft, parent: Draft, span: Span): void {
    const count = { value: spanTotal(span), exact: true };
    const id = spanId(account.id, span.first, span.last);
    const draft = this.add({ id, kind: "span", span, count, expandable: true }, parent);
    if (!draft.expanded) return;
    if (span.counts.length > 1 && count.value > LISTED) {
      for (const finer of cutFiner(span)) this.span(account, draft, finer);
      draft.setSize = draft.children.length;
    } else this.spanList(account, draft, span);
  }

  private spanList(account: Draft, draft: Draft, span: Span): void {
    const lives = (this.loaded.pages.get(draft.id) ?? []).flatMap((page) => page.children);
    const bounds = { key: draft.id, address: account.address!, from: span.first, to: span.last };
    for (const life of lives) {
      const facts = lifeFacts(life.address, life);
      if (!this.nodes.has(facts.id)) this.child(draft, facts); // else it stands among those with children
    }
    const shown = draft.children.length;
    draft.rest = Math.max(0, draft.count!.value - shown);
    draft.setSize = shown + draft.rest;
    if (draft.rest > 0 && (shown === 0 || this.expanded.has(moreId(draft.id, shown)))) this.wantPage(draft.id, bounds);
  }

  private wantPage(of: string, bounds: Bounds): void {
    const last = this.loaded.pages.get(bounds.key)?.at(-1);
    if (last?.next_cursor !== null) this.wants.push({ what: "page", of, ...bounds, cursor: last?.next_cursor ?? null });
  }

  private add(facts: Facts, parent: Draft | null): Draft {
    let { id } = facts;
    while (this.nodes.has(id)) id += "'"; // a life without its operation may stand in a chain twice
    const draft = draftOf(facts, id, parent);
    if (facts.address) draft.name = this.loaded.names?.get(facts.address) ?? draft.name;
    draft.expanded = draft.expandable && this.expanded.has(id);
    this.nodes.set(id, draft);
    if (parent?.children === CHILDLESS) parent.children = [];
    parent?.children.push(id);
    return draft;
  }
}
