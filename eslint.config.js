import solid from 'eslint-plugin-solid/configs/typescript';
import tseslint from 'typescript-eslint';
import { roomRules } from './setup/rooms.mjs';

const MAX_LINES = 500;

const unusedByUnderscore = { argsIgnorePattern: '^_', varsIgnorePattern: '^_' };

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.ts'] }, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': ['error', { max: MAX_LINES }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', unusedByUnderscore],
      // Numbers read well in messages; objects do not, and stay refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // "() => void f()" is how this code says that a result is not wanted.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Records by id are the stores' and the protocol's own shape.
      '@typescript-eslint/no-dynamic-delete': 'off',
      // Fastify's plugins and hooks are async by contract.
      '@typescript-eslint/require-await': 'off',
      // protobufjs marks the message interfaces that it generates.
      '@typescript-eslint/no-deprecated': 'off',
    },
  },
  ...roomRules,
  { files: ['web/**/*.{ts,tsx}'], extends: [solid] },
  {
    // vitest's asymmetric matchers are of type any.
    files: ['**/*.test.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    // The command's own output is its product.
    files: ['server/cli/**', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.{js,mjs}'],
    extends: [tseslint.configs.base],
    rules: { 'max-lines': ['error', { max: MAX_LINES }], eqeqeq: 'error', 'no-undef': 'off' },
  },
);
