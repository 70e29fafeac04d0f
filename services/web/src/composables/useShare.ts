/** The address of exactly this view, copied for somebody else. */

import { written } from "./useClipboard";
import { useToasts } from "./useToasts";

export function useShare(): () => Promise<void> {
  const { say } = useToasts();
  return async () => {
    const copied = await written(location.href);
    if (copied) say("Link copied. It opens the same view, selection and filters.");
    else say("The browser does not let this page copy. The link is in the address bar.", true);
  };
}
