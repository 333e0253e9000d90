using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Plans;

/// <summary>Gives every declared parameter its value, from what was given or its default.</summary>
internal sealed class ParameterBinder(CompiledPipeline pipeline, PlanRequest request, List<Diagnostic> problems)
{
    private static readonly ExpressionEvaluator Evaluator = new();
    private readonly IReadOnlyDictionary<string, ParameterDeclaration> _declared = pipeline.File.Parameters;

    public JsonElement Bind()
    {
        RefuseUnknown();
        ExpressionScope scope = new() { Trigger = TriggerFacts(request), Run = RunFacts(pipeline) };
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            foreach ((string name, ParameterDeclaration parameter) in _declared)
            {
                writer.WritePropertyName(name);
                if (ValueOf(name, parameter, scope) is { } value)
                    value.WriteTo(writer);
                else
                    writer.WriteNullValue();
            }
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <summary>The trigger as expressions see it.</summary>
    public static JsonElement TriggerFacts(PlanRequest request)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("logicalDate", ParameterValue.Print(request.LogicalDate));
            if (request.Trigger.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty fact in request.Trigger.EnumerateObject().Where(f => f.Name != "logicalDate"))
                    fact.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static JsonElement RunFacts(CompiledPipeline pipeline) =>
        JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["pipeline"] = pipeline.Id });

    private void RefuseUnknown()
    {
        if (request.Parameters.ValueKind != JsonValueKind.Object)
        {
            Error("PLAN-001", "$", "parameters are given as an object of names and values", null);
            return;
        }
        foreach (JsonProperty given in request.Parameters.EnumerateObject().Where(g => !_declared.ContainsKey(g.Name)))
            Error("PLAN-002", $"$.{given.Name}", $"pipeline \"{pipeline.Id}\" has no parameter \"{given.Name}\"",
                Names.Hint(given.Name, [.. _declared.Keys]) ?? (_declared.Count == 0 ? "It has none." : null));
    }

    private JsonElement? ValueOf(string name, ParameterDeclaration parameter, ExpressionScope scope)
    {
        JsonElement value;
        if (request.Parameters.ValueKind == JsonValueKind.Object && request.Parameters.TryGetProperty(name, out JsonElement given))
        {
            value = ParameterValue.FromText(given, parameter.Type);
            if (IsRelative(value, parameter))
            {
                if (request.CallerFolder is null)
                {
                    Error("PLAN-006", $"$.{name}", $"parameter \"{name}\" is given the relative path \"{value.GetString()}\", and the caller's folder is not known",
                        "Give an absolute path, or name the folder (workingFolder) with the request.");
                    return null;
                }
                value = Absolute(value, request.CallerFolder);
            }
        }
        else if (parameter.Default is { } usual)
        {
            switch (Evaluator.Evaluate(ExpressionTemplate.Parse(usual), scope))
            {
                case Evaluation<JsonElement>.Done done:
                    value = IsRelative(done.Value, parameter) ? Absolute(done.Value, request.Folder) : done.Value;
                    break;
                case Evaluation<JsonElement>.Failed failed:
                    Error("PLAN-005", $"$.{name}", $"the default of parameter \"{name}\" cannot be evaluated: {failed.Failure.Message}", null);
                    return null;
                default:
                    return null;
            }
        }
        else
        {
            if (parameter.MustBeGiven)
                Error("PLAN-003", $"$.{name}", $"parameter \"{name}\" must be given ({ParameterValue.Word(parameter.Type)})", parameter.Description);
            return null;
        }
        if (value.ValueKind == JsonValueKind.Null && !parameter.MustBeGiven)
            return null;
        JsonElement coerced = ParameterValue.Coerce(value, parameter.Type);
        if (ParameterValue.Problem(coerced, parameter) is not { } problem)
            return coerced;
        Error("PLAN-004", $"$.{name}", $"parameter \"{name}\" {problem}", parameter.Description);
        return null;
    }

    private static bool IsRelative(JsonElement value, ParameterDeclaration parameter) => parameter.Format == ParameterFormat.Path
        && value.ValueKind == JsonValueKind.String && ExternalPaths.IsRelative(value.GetString()!);

    private static JsonElement Absolute(JsonElement path, string? folder) =>
        JsonSerializer.SerializeToElement(ExternalPaths.Resolve(path.GetString()!, folder));

    private void Error(string code, string path, string message, string? hint) =>
        problems.Add(new Diagnostic(code, DiagnosticSeverity.Error, message, "parameters", 0, 0, path, hint));
}
