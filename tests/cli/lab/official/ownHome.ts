import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own for each test of a suite; what lies in `user` of it passes for the user's PULUMI_HOME. */
export class OwnHome {
  folder!: string;

  static ofSuite(): OwnHome {
    const home = new OwnHome();
    let userHome: string | undefined;
    beforeEach(() => {
      home.folder = mkdtempSync(join(tmpdir(), "official-"));
      userHome = process.env["PULUMI_HOME"];
      process.env["PULUMI_HOME"] = join(home.folder, "user");
    });
    afterEach(() => {
      rmSync(home.folder, { recursive: true });
      if (userHome === undefined) delete process.env["PULUMI_HOME"];
      else process.env["PULUMI_HOME"] = userHome;
    });
    return home;
  }
}
