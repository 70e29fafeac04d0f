/** Whether somebody is on the way to another page, which may take a while to be fetched: to write into the address of this one calls them back. */

import { readonly, shallowRef } from "vue";
import { isNavigationFailure, NavigationFailureType, type Router } from "vue-router";

const going = shallowRef(false);

export const leaving = readonly(going);

export function tellWhoLeaves(router: Router): void {
  router.beforeEach((to, from) => void (going.value = to.path !== from.path));
  router.afterEach((_to, _from, failure) => {
    if (!isNavigationFailure(failure, NavigationFailureType.cancelled)) going.value = false; // else they are on another way
  });
  router.onError(() => (going.value = false));
}
