using System.Collections.Concurrent;
using System.Text.Json;
using Acornima.Ast;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace MLPlatform.Core.Expressions;

/// <summary>Runs one expression in a Jint engine of its own that sees only what the expression refers to.</summary>
internal sealed class ScriptSandbox(ExpressionLimits limits)
{
    private const int MostPrepared = 4096;
    private readonly ConcurrentDictionary<string, Prepared<Script>> _prepared = new(StringComparer.Ordinal);

    public JsonElement Run(ExpressionSyntax syntax, ExpressionScope scope)
    {
        try
        {
            return RunOnce(syntax, scope);
        }
        catch (TimeoutException)
        {
            return RetryAfterTimeout(syntax, scope);
        }
    }

    private JsonElement RetryAfterTimeout(ExpressionSyntax syntax, ExpressionScope scope)
    {
        try
        {
            return RunOnce(syntax, scope);
        }
        catch (TimeoutException)
        {
            throw new ExpressionException("EXPR-012", $"the expression ran longer than {limits.Time.TotalMilliseconds:0} ms");
        }
    }

    private JsonElement RunOnce(ExpressionSyntax syntax, ExpressionScope scope)
    {
        try
        {
            using Engine engine = new(Configure);
            Restrict(engine);
            Bind(engine, syntax.References, scope);
            return ScriptValues.ToJson(engine.Evaluate(Prepare(syntax.Code)));
        }
        catch (JavaScriptException e)
        {
            throw new ExpressionException("EXPR-012", $"the expression failed: {e.Message}");
        }
        catch (StatementsCountOverflowException)
        {
            throw new ExpressionException("EXPR-012", $"the expression took more than {limits.Statements} steps");
        }
        catch (MemoryLimitExceededException)
        {
            throw new ExpressionException("EXPR-012", $"the expression used more than {limits.MemoryBytes >> 20} MiB");
        }
        catch (Exception e) when (e is RecursionDepthOverflowException or InsufficientExecutionStackException)
        {
            throw new ExpressionException("EXPR-012", $"the expression calls itself more than {limits.Recursion} levels deep");
        }
    }

    private void Configure(Options options)
    {
        options.Strict = true;
        options.TimeoutInterval(limits.Time);
        options.MaxStatements(limits.Statements);
        options.LimitMemory(limits.MemoryBytes);
        options.LimitRecursion(limits.Recursion);
        options.MaxArraySize(1_000_000);
        options.RegexTimeoutInterval(limits.Time);
        options.DisableStringCompilation();
        options.LocalTimeZone(TimeZoneInfo.Utc);
        options.Culture(System.Globalization.CultureInfo.InvariantCulture);
    }

    // What the static check refuses by name must also be out of reach by other ways.
    private static void Restrict(Engine engine)
    {
        ((ObjectInstance)engine.GetValue("Math")).RemoveOwnProperty("random");
        ((ObjectInstance)engine.GetValue("Date")).RemoveOwnProperty("now");
        StringLimits.Apply(engine);
    }

    private Prepared<Script> Prepare(string code)
    {
        if (_prepared.TryGetValue(code, out Prepared<Script> prepared))
            return prepared;
        if (_prepared.Count >= MostPrepared)
            _prepared.Clear();
        return _prepared[code] = Engine.PrepareScript($"({code}\n)", strict: true);
    }

    private static void Bind(Engine engine, IReadOnlyList<Reference> references, ExpressionScope scope)
    {
        foreach (IGrouping<string, Reference> root in references.GroupBy(r => RootOf(r.Kind)))
        {
            JsValue value = root.Key switch
            {
                ScopeNames.Parameters => Picked(engine, scope.Parameters, root),
                ScopeNames.Trigger => Picked(engine, scope.Trigger, root),
                ScopeNames.Run => Picked(engine, scope.Run, root),
                ScopeNames.Item => ScriptValues.FromJson(engine, scope.Item ?? throw new ExpressionException("EXPR-004", "there is no item outside a forEach")),
                ScopeNames.Index => JsNumber.Create(scope.Index ?? throw new ExpressionException("EXPR-004", "there is no index outside a forEach")),
                ScopeNames.Models => Models(engine, root, scope),
                _ => Activities(engine, root, scope),
            };
            engine.SetValue(root.Key, value);
        }
    }

    private static string RootOf(ReferenceKind kind) => kind switch
    {
        ReferenceKind.Parameter => ScopeNames.Parameters,
        ReferenceKind.Trigger => ScopeNames.Trigger,
        ReferenceKind.Run => ScopeNames.Run,
        ReferenceKind.Item => ScopeNames.Item,
        ReferenceKind.Index => ScopeNames.Index,
        ReferenceKind.Model => ScopeNames.Models,
        _ => ScopeNames.Activities,
    };

    // Only the members that are read, unless the whole is.
    private static JsValue Picked(Engine engine, JsonElement whole, IEnumerable<Reference> references)
    {
        HashSet<string> names = [.. references.Select(r => r.Name)];
        if (names.Contains("") || whole.ValueKind != JsonValueKind.Object)
            return ScriptValues.FromJson(engine, whole);
        JsObject picked = new(engine);
        foreach (string name in names)
        {
            if (whole.TryGetProperty(name, out JsonElement value))
                picked.Set(name, ScriptValues.FromJson(engine, value));
        }
        return picked;
    }

    private static JsObject Models(Engine engine, IEnumerable<Reference> references, ExpressionScope scope)
    {
        JsObject models = new(engine);
        foreach (IGrouping<string, Reference> model in references.GroupBy(r => r.Name))
        {
            JsObject aliases = new(engine);
            foreach (string alias in model.Select(r => r.Member!).Distinct())
                aliases.Set(alias, scope.Models(model.Key, alias) is { } artifact ? ScriptValues.FromJson(engine, artifact) : JsValue.Null);
            models.Set(model.Key, aliases);
        }
        return models;
    }

    // Getters, so that `status == 'succeeded' ? outputs.x : 0` does not stumble over outputs that are not there.
    private static JsObject Activities(Engine engine, IEnumerable<Reference> references, ExpressionScope scope)
    {
        JsObject activities = new(engine);
        foreach (IGrouping<string, Reference> activity in references.GroupBy(r => r.Name))
        {
            string name = activity.Key;
            JsObject facts = new(engine);
            Getter(engine, facts, "status", () => ScopeReader.Status(name, scope));
            if (activity.Any(r => r.Kind == ReferenceKind.Output && r.Member is null))
            {
                Getter(engine, facts, "outputs", () => ScriptValues.FromJson(engine, ScopeReader.Outputs(name, scope)));
            }
            else
            {
                JsObject outputs = new(engine);
                foreach (string member in activity.Where(r => r.Member is not null).Select(r => r.Member!).Distinct())
                    Getter(engine, outputs, member, () => ScriptValues.FromJson(engine, ScopeReader.Output(name, member, scope)));
                facts.Set("outputs", outputs);
            }
            activities.Set(name, facts);
        }
        return activities;
    }

    private static void Getter(Engine engine, ObjectInstance owner, string name, Func<JsValue> read)
    {
        JsValue? known = null;
        ClrFunction getter = new(engine, name, (_, _) => known ??= read());
        owner.DefineOwnProperty(name, new GetSetPropertyDescriptor(getter, JsValue.Undefined, enumerable: true, configurable: false));
    }
}
