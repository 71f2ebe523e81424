import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { isProcessRunning, locksIn, stateFolder } from "../../../../cli/state/doctor/locks.js";
import { Stack } from "../../../../cli/state/doctor/stack.js";
import { folderOfTest } from "../../../kit/folder.js";

/** The kernel gives out no such number. */
const noPid = 2 ** 30;
const initial = "pid:[4026531836]";

describe("locks of a state", () => {
  const folder = folderOfTest();
  const write = (name: string, pid: number, host = hostname()) => {
    const lock = { pid, username: "me", hostname: host, timestamp: "2026-01-02T03:04:05Z" };
    writeFileSync(folder(name), JSON.stringify(lock));
  };

  it("are none where there is no folder", () => assert.deepEqual(locksIn(folder("none")), []));

  it("are of processes of this machine, or of another one", () => {
    write("a.json", 7);
    write("b.json", 7, "elsewhere");
    const at = "at 2026-01-02T03:04:05Z";
    const asked: number[] = [];
    const locks = locksIn(folder(), (pid) => {
      asked.push(pid);
      return false;
    });
    assert.deepEqual(locks, [
      { file: folder("a.json"), owner: `me@${hostname()} (pid 7) ${at}`, runs: false },
      { file: folder("b.json"), owner: `me@elsewhere (pid 7) ${at}`, runs: undefined },
    ]);
    assert.deepEqual(asked, [7]);
  });

  describe("of a process", () => {
    /** As Linux shows processes, by their numbers in each PID namespace. */
    function proc(namespace: string, processes: Record<string, string>): string {
      mkdirSync(folder("self/ns"), { recursive: true });
      symlinkSync(namespace, folder("self/ns/pid"));
      for (const [pid, numbers] of Object.entries(processes)) {
        mkdirSync(folder(pid));
        writeFileSync(folder(pid, "status"), `Name:\tx\nNSpid:\t${numbers}\nThreads:\t1\n`);
      }
      return folder();
    }

    for (const [name, namespace, processes, runs] of [
      ["that runs", initial, { 1: "1", 7: "7" }, true],
      ["that runs in a container, under the number of none outside", initial, { 1: "1", 90: "90\t7" }, true],
      ["that does not run", initial, { 1: "1", 90: "90\t17" }, false],
      ["that is not seen from within a container", "pid:[4026532001]", { 1: "1" }, undefined],
      ["that may be hidden, as those of others are", initial, { 90: "90" }, undefined],
    ] as const) {
      it(name, () => assert.equal(isProcessRunning(7, proc(namespace, processes)), runs));
    }
    it("are known without PID namespaces", () => {
      const none = folder("none");
      assert.deepEqual([isProcessRunning(process.pid, none), isProcessRunning(noPid, none)], [true, false]);
    });
  });

  describe("are removed", () => {
    let locks: string;
    let stack: Stack;
    beforeEach(() => {
      locks = folder(".pulumi/locks/organization/test/musashi");
      mkdirSync(locks, { recursive: true });
      stack = new Stack(
        () => Promise.resolve(JSON.stringify({ url: `file://${folder()}` })),
        "test",
        "musashi",
      );
    });
    const lock = (name: string, pid: number, host?: string) =>
      write(join(".pulumi/locks/organization/test/musashi", name), pid, host);
    const dead = async (name: string) => {
      const all = await stack.locks();
      return { ...all.find(({ file }) => file === join(locks, name))!, runs: false };
    };
    /** Locks of dead processes are read as such, whatever the PID namespace of the tests. */
    const withDead = () => {
      const read = stack.locks.bind(stack);
      stack.locks = async () =>
        (await read()).map((each) => ({
          ...each,
          runs: each.owner.includes(`pid ${noPid}`) ? false : each.runs,
        }));
    };

    it("one, and no other one", async () => {
      for (const name of ["a.json", "b.json"]) lock(name, noPid);
      withDead();
      await stack.unlock(await dead("a.json"));
      assert.deepEqual(readdirSync(locks), ["b.json"]);
    });

    it("not once another one is there", async () => {
      lock("a.json", noPid);
      withDead();
      const stale = await dead("a.json");
      lock("b.json", process.pid, "elsewhere");
      await assert.rejects(stack.unlock(stale), /^UserError: the locks of musashi have changed meanwhile/);
      assert.deepEqual(readdirSync(locks), ["a.json", "b.json"]);
    });

    it("not once it is somebody else's", async () => {
      lock("a.json", noPid);
      withDead();
      const stale = await dead("a.json");
      lock("a.json", noPid, "elsewhere");
      await assert.rejects(stack.unlock(stale), /changed meanwhile/);
      assert.ok(existsSync(join(locks, "a.json")));
    });
  });
});

describe("the folder of a state", () => {
  for (const [url, path] of [
    ["file:///home/me/a%20state?metadata=skip", "/home/me/a state"],
    ["file://~", homedir()],
    ["file://~/state", join(homedir(), "state")],
    ["file://.", "/project"],
    ["file://./state", "/project/state"],
    ["file://state", "/project/state"],
    ["s3://bucket", undefined],
    ["https://app.pulumi.com/me", undefined],
  ] as const) {
    it(`of ${url}`, () => assert.equal(stateFolder(url, "/project"), path));
  }
});
