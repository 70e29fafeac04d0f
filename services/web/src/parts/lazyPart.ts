/** The one way to show a component that is fetched when it is wanted. */

import { type Component, defineAsyncComponent, defineComponent, h, shallowRef, type VNode } from "vue";
import PartNotice from "./PartNotice.vue";
import { fetched, type PartMissing, worthATry } from "./loading";

interface Failure {
  readonly error: PartMissing;
  readonly again: () => void;
}

/** `what` begins a sentence: "The list of keys" could not be loaded. `place` holds the room it will take, if it moved others. */
export function lazyPart<T extends Component>(what: string, load: () => Promise<{ default: T }>, place: () => VNode | null = () => null): T {
  const failure = shallowRef<Failure | null>(null);

  /** While it is fetched its place is shown, and why it is not there if it cannot be. */
  const Awaited = defineComponent({
    inheritAttrs: false,
    setup: (_, { attrs }) => () =>
      failure.value ? h(PartNotice, { ...failure.value, onClose: attrs["onClose"] as (() => void) | undefined }) : place(),
  });

  return defineAsyncComponent({
    loader: () => fetched(what, load).then(({ default: component }) => component),
    loadingComponent: Awaited,
    delay: 0,
    onError(error, retry) {
      let tried = false;
      const again = () => {
        if (tried) return;
        tried = true;
        failure.value = null;
        retry();
      };
      const missing = error as PartMissing; // `fetched` throws nothing else
      failure.value = { error: missing, again };
      if (missing.trouble === "away") void worthATry().then(again);
    },
  });
}
