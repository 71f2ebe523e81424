import { command } from "../kit/command.js";
import list from "./labList.js";
import stop from "./labStop.js";

export default command("lab", {
  summary: "Lists labs and stops them.",
  details: "npm start starts one.",
  example: "npm run lab:list",
})
  .addCommand(list)
  .addCommand(stop);
