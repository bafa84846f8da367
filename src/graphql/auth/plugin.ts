import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type PothosOutputFieldConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core';
import { type GraphQLFieldResolver, type GraphQLOutputType, getNamedType, isUnionType } from 'graphql';
import { DomainError } from '../../domain-error.js';
import { chooseLocale } from '../../locales/locale.js';
import type { GraphqlContext } from '../context.js';
import { Failure } from '../failure.js';
import { type FieldAuth, checkFieldAuth } from './field-auth.js';

/** The name of the union member for FRESH_SIGN_IN_REQUIRED. */
const FRESH_SIGN_IN_REQUIRED = 'FreshSignInRequired';

interface AuthOption {
  /** What a request must show to use the field. */
  auth: FieldAuth;
}

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      fieldAuth: FieldAuthPlugin<Types>;
    }
    interface QueryFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > extends AuthOption {}
    interface MutationFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > extends AuthOption {}
    interface SubscriptionFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > extends AuthOption {}
  }
}

type FieldResolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>;

/**
 * Checks the option `auth` of a root field before its resolver runs. A schema with a root field without the option
 * cannot be built, so nobody can forget it.
 */
class FieldAuthPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const auth = authOf(config);
    return auth ? { ...config, extensions: { ...config.extensions, auth } } : config;
  }

  override wrapResolve(resolve: FieldResolver<Types>, config: PothosOutputFieldConfig<Types>): FieldResolver<Types> {
    // A subscription is checked once, when it starts.
    return config.kind === 'Subscription' ? resolve : guarded(resolve, config);
  }

  override wrapSubscribe(
    subscribe: FieldResolver<Types> | undefined,
    config: PothosOutputFieldConfig<Types>,
  ): FieldResolver<Types> | undefined {
    return subscribe && guarded(subscribe, config);
  }
}

function authOf<Types extends SchemaTypes>(config: PothosOutputFieldConfig<Types>): FieldAuth | undefined {
  if (config.kind !== 'Query' && config.kind !== 'Mutation' && config.kind !== 'Subscription') return undefined;
  const { auth } = config.pothosOptions as Partial<AuthOption>;
  if (!auth) throw new Error(`${config.kind}.${config.name} has no option "auth"`);
  return auth;
}

function guarded<Types extends SchemaTypes>(
  resolve: FieldResolver<Types>,
  config: PothosOutputFieldConfig<Types>,
): FieldResolver<Types> {
  const auth = authOf(config);
  if (!auth || auth === 'public' || auth === 'resolver') return resolve;
  return async (...call) => {
    const [, args, context, info] = call;
    try {
      await checkFieldAuth(auth, context as GraphqlContext);
    } catch (error) {
      if (!isMember(error, info.returnType)) throw error;
      const { locale } = (args as { input?: { locale?: string | null } }).input ?? {};
      return new Failure(error, chooseLocale(locale, (context as GraphqlContext).client.locale));
    }
    return resolve(...call);
  };
}

/** Whether the union of a field has a member for a refusal. */
function isMember(error: unknown, type: GraphQLOutputType): error is DomainError {
  if (!(error instanceof DomainError) || error.code !== 'FRESH_SIGN_IN_REQUIRED') return false;
  const union = getNamedType(type);
  return isUnionType(union) && union.getTypes().some(({ name }) => name === FRESH_SIGN_IN_REQUIRED);
}

SchemaBuilder.registerPlugin('fieldAuth', FieldAuthPlugin);
