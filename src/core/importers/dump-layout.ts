import type { LogOwner } from './logs.ts';
import type { Names } from './names.ts';

/** What one collector's folders say by their paths, where the general rules of dumps do not. */
export type DumpLayout = {
  /** Whose log a file is; undefined leaves it to the general rules. */
  logOwner?: (parts: string[], names: Names) => LogOwner | undefined;
  /** Why a file is passed over, for the counts; undefined where it is read. */
  ignored?: (parts: string[]) => string | undefined;
  /** What the objects of a bare array are, where its items do not say it. */
  kindOf?: (parts: string[]) => { apiVersion: string; kind: string } | undefined;
};
