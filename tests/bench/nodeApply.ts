import { Rig } from "../real/node/rig/rig.js";
import { key, type Wish } from "../real/node/rig/wish.js";

/**
 * `cluster-security-apply` on a node of its own with a real control plane: prints one line of JSON, seconds by what was
 * applied. The API server looks for new keys every second here, where a cluster's does once a minute.
 */
const keys = (...names: string[]): Wish => ({ keys: names.map((name) => key(name)), identityFallback: true });

const rig = await Rig.of({ watchers: true });
try {
  const seconds: Record<string, number> = {};
  const timed = async (name: string, wish: Wish): Promise<void> => {
    const start = performance.now();
    await rig.applied(wish);
    seconds[name] = (performance.now() - start) / 1000;
  };
  await timed("first apply on a kubeadm cluster", keys("one"));
  await timed("nothing changed", keys("one"));
  await timed("a flag of the API server", { ...keys("one"), maxBackups: 5 });
  await timed("a key added", { ...keys("one", "two"), maxBackups: 5 });
  await timed("that key put first, Secrets stored anew", { ...keys("two", "one"), maxBackups: 5 });
  console.log(JSON.stringify(seconds));
} finally {
  await rig.stop();
}
