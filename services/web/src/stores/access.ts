/** The admin token, while this tab has one: in memory and in the tab's own storage, never in an address or on disk. */

import { defineStore } from "pinia";
import { ref } from "vue";

const KEY = "stellarmap.admin-token";

export const useAccess = defineStore("access", () => {
  const token = ref(read());
  /** Whether the server turned down the token that was held. */
  const refused = ref(false);

  /** From now on this tab is let in. */
  function unlock(accepted: string): void {
    token.value = accepted;
    refused.value = false;
    write(accepted);
  }

  /** Afterwards nothing of it is left in this tab. */
  function forget(): void {
    token.value = null;
    refused.value = false;
    write(null);
  }

  function refuse(): void {
    forget();
    refused.value = true;
  }

  return { token, refused, unlock, forget, refuse };
});

function read(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off: the token lasts as long as the page
  }
}

function write(value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, value);
  } catch {
    // as above
  }
}
