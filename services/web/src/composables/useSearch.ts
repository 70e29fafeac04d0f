/** From what was pasted to an account's page: read here first, asked of the server only when a name has to be looked up. */

import { useMutation } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, shallowRef, toValue, watch } from "vue";
import { isNavigationFailure, NavigationFailureType, useRouter } from "vue-router";
import { containsSeed, type ParsedAddress, PROBLEM_MESSAGES, readAddress } from "@/address/parse";
import { answerOf, api } from "@/api/client";
import type { Resolved } from "@/api/types";

const CONTRACT = "This is a contract (C…). StellarMap maps accounts: paste an address that begins with G.";
/** As long as a whole address: from here on a mistake is one, not an address half typed. */
const WHOLE = 56;

export function useSearch(network: MaybeRefOrGetter<string | null>) {
  const router = useRouter();
  const text = shallowRef("");
  const refused = shallowRef<string | null>(null);
  const resolving = useMutation({ mutationFn: ({ name, on }: { name: string; on: string }) => resolved(name, on) });

  const problem = computed(() => refused.value ?? resolving.error.value?.message ?? null);

  watch(text, (typed) => {
    if (!typed && refused.value === PROBLEM_MESSAGES["secret-seed"]) return; // what cleared the field says why
    refused.value = null;
    resolving.reset();
    if (containsSeed(typed)) refuseSeed();
    else if (typed.trim().length >= WHOLE) refused.value = messageFor(typed);
  });

  function refuseSeed(): void {
    refused.value = PROBLEM_MESSAGES["secret-seed"];
    text.value = "";
  }

  async function submit(): Promise<void> {
    const on = toValue(network);
    if (!text.value && refused.value) return; // what cleared the field says why
    const { found, problem: unread } = readAddress(text.value);
    if (unread === "secret-seed") refuseSeed();
    else refused.value = messageFor(text.value);
    if (!found || found.kind === "contract" || !on) return;
    if (found.kind === "account") await go(on, found.address, found.muxedId);
    else await look(found.federation, on);
  }

  async function look(name: string, on: string): Promise<void> {
    const answer = await resolving.mutateAsync({ name, on }).catch(() => null); // the problem is shown
    if (answer?.kind === "contract") refused.value = CONTRACT;
    else if (answer) await go(on, answer.address, answer.muxed_id);
  }

  async function go(on: string, address: string, muxed: string | null): Promise<void> {
    // Whoever searches wants the answer: the page asks for it where nobody has. A link alone costs nothing.
    const query = muxed ? { muxed } : {};
    const failure = await router.push({ name: "account", params: { network: on, address }, query, state: { ask: true } });
    if (!isNavigationFailure(failure, NavigationFailureType.aborted)) text.value = "";
  }

  /** To an account that was suggested. */
  async function choose(address: string): Promise<void> {
    const on = toValue(network);
    if (on) await go(on, address, null);
  }

  return { text, problem, busy: resolving.isPending, submit, choose };
}

function messageFor(text: string): string | null {
  const { found, problem } = readAddress(text);
  if (problem) return PROBLEM_MESSAGES[problem];
  return isContract(found) ? CONTRACT : null;
}

function isContract(found: ParsedAddress): boolean {
  return found.kind === "contract";
}

function resolved(name: string, network: string): Promise<Resolved> {
  return answerOf(api.POST("/api/v1/{network}/resolve", { params: { path: { network } }, body: { text: name } }));
}
