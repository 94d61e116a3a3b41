/** How far long work has come. `total` null = not known. */
export type Progress = (what: string, done: number, total: number | null) => void;
