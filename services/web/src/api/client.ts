/** The one way to the API: typed paths, and refusals that say what to do. */

import createClient from "openapi-fetch";
import { isServers, serverAnswered, unanswered } from "./reachability";
import type { paths } from "./schema";
import type { Problem } from "./types";

export const api = createClient<paths>({
  headers: { accept: "application/json" },
  fetch: (request) => fetch(request), // looked up when it is called: a test may stand in for the server
});

/** What the server answered instead of what was asked for (RFC 9457), or why it could not be reached. */
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiProblem";
    this.problem = problem;
  }

  /** `not-mapped` of whatever URI the type is written as. */
  is(type: string): boolean {
    return this.problem.type.split(/[/:#]/).at(-1) === type;
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.problem.status >= 500 || this.problem.status === 429 || this.problem.status === 0;
  }
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The answer's data. Throws ApiProblem. */
export async function answerOf<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    unanswered();
    throw new ApiProblem(unreachable());
  }
  if (!isServers(answer.response.status, answer.data !== undefined || isProblem(answer.error))) {
    unanswered();
    throw new ApiProblem(unreachable());
  }
  serverAnswered();
  if (answer.data === undefined) throw new ApiProblem(problemOf(answer.error, answer.response));
  return answer.data;
}

function problemOf(error: unknown, response: Response): Problem {
  if (isProblem(error)) return error;
  return {
    type: "unreadable",
    title: "The answer cannot be read",
    status: response.status,
    detail: `The server answered ${response.status} without saying why.`,
    request_id: response.headers.get("x-request-id") ?? "",
    advice: "Try again in a moment.",
    retry_after_s: null,
    errors: [],
    way_out: null,
  };
}

function unreachable(): Problem {
  return {
    type: "unreachable",
    title: "StellarMap cannot be reached",
    status: 0,
    detail: "The server does not answer. What is on the screen stays as it was; whether it did what it was asked is not known.",
    request_id: "",
    advice: "See whether it is still running (`make run` on your own machine), then try again.",
    retry_after_s: null,
    errors: [],
    way_out: null,
  };
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "title" in error && "detail" in error && "type" in error;
}
