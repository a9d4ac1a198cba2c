/** By their names under `/operator/`. */
export declare const FILES: Readonly<Record<string, string>>;
