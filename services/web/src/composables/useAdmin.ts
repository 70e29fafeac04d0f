/** Asks with the admin token of this tab; a token that is turned down is forgotten. */

import { useQueryClient } from "@tanstack/vue-query";
import { ApiProblem } from "@/api/client";
import { lettersPage } from "@/api/deadLetters";
import { useAccess } from "@/stores/access";

const UNAUTHORIZED = 401;

export function useAdmin() {
  const access = useAccess();
  const cache = useQueryClient();

  async function asAdmin<T>(ask: (token: string) => Promise<T>): Promise<T> {
    try {
      return await ask(access.token ?? "");
    } catch (error) {
      if (turnedDown(error)) {
        access.refuse();
        leave();
      }
      throw error;
    }
  }

  /** Lets this tab in if the server knows the token. Throws ApiProblem. */
  async function unlock(token: string): Promise<void> {
    try {
      await lettersPage(token, { group: null, topic: null, cursor: null });
      access.unlock(token);
    } catch (error) {
      if (turnedDown(error)) access.refuse();
      else throw error;
    }
  }

  function forget(): void {
    access.forget();
    leave();
  }

  /** What was read with the token goes with it. */
  function leave(): void {
    cache.removeQueries({ queryKey: ["admin"] });
  }

  return { access, asAdmin, unlock, forget };
}

function turnedDown(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.status === UNAUTHORIZED;
}
