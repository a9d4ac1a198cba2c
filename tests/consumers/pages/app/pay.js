import { FlinksPay } from "flinkspay-edge";

const { FLINKS_BASE_URL: baseUrl, FLINKS_USERNAME: username, FLINKS_PASSWORD: password } = process.env;

export const pay = new FlinksPay({ baseUrl, username, password });
