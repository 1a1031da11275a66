export const PLACEHOLDER: number = 1;
