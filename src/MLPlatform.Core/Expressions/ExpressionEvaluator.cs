using System.Buffers;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Expressions;

/// <summary>
/// Evaluates templates in a sandbox: no CLR, no clock, no chance; bounded time, memory, statements and depth. Safe to use
/// from many threads.
/// </summary>
public sealed class ExpressionEvaluator(ExpressionLimits? limits = null)
{
    private readonly ScriptSandbox _sandbox = new(limits ?? new ExpressionLimits());

    /// <summary>The template's value with every expression replaced by what it gives.</summary>
    public Evaluation<JsonElement> Evaluate(ExpressionTemplate template, ExpressionScope scope)
    {
        if (template.Root is TemplateNode.Constant constant)
            return new Evaluation<JsonElement>.Done(constant.Value);
        if (template.Errors.Count > 0)
            return Fail(template.Errors[0].Code, template.Errors[0].Message);
        try
        {
            if (template.Root is TemplateNode.Code code)
                return new Evaluation<JsonElement>.Done(Evaluate(code, scope));
            ArrayBufferWriter<byte> buffer = new();
            using (Utf8JsonWriter writer = new(buffer, ExpressionJson.Writing))
                Write(writer, template.Root, scope);
            return new Evaluation<JsonElement>.Done(ExpressionJson.Parse(buffer.WrittenSpan));
        }
        catch (ExpressionException e)
        {
            return Fail(e.Code, e.Message);
        }
    }

    /// <summary>A condition: must give true or false.</summary>
    public Evaluation<bool> EvaluateCondition(ExpressionTemplate template, ExpressionScope scope) => Evaluate(template, scope) switch
    {
        Evaluation<JsonElement>.Done { Value.ValueKind: JsonValueKind.True } => new Evaluation<bool>.Done(true),
        Evaluation<JsonElement>.Done { Value.ValueKind: JsonValueKind.False } => new Evaluation<bool>.Done(false),
        Evaluation<JsonElement>.Done d => new Evaluation<bool>.Failed(WrongType("a condition must give true or false", d.Value)),
        Evaluation<JsonElement>.Failed f => new Evaluation<bool>.Failed(f.Failure),
        _ => throw new InvalidOperationException("an evaluation is done or failed"),
    };

    /// <summary>A forEach list: must give a list.</summary>
    public Evaluation<IReadOnlyList<JsonElement>> EvaluateList(ExpressionTemplate template, ExpressionScope scope) => Evaluate(template, scope) switch
    {
        Evaluation<JsonElement>.Done { Value.ValueKind: JsonValueKind.Array } d =>
            new Evaluation<IReadOnlyList<JsonElement>>.Done([.. d.Value.EnumerateArray()]),
        Evaluation<JsonElement>.Done d => new Evaluation<IReadOnlyList<JsonElement>>.Failed(WrongType("forEach must give a list", d.Value)),
        Evaluation<JsonElement>.Failed f => new Evaluation<IReadOnlyList<JsonElement>>.Failed(f.Failure),
        _ => throw new InvalidOperationException("an evaluation is done or failed"),
    };

    private static Evaluation<JsonElement>.Failed Fail(string code, string message) => new(new Failure(FailureKind.User, code, message));

    private static Failure WrongType(string wanted, JsonElement got) =>
        new(FailureKind.User, "EXPR-013", $"{wanted}, and this one gave {JsonWords.Describe(got)}");

    private void Write(Utf8JsonWriter writer, TemplateNode node, ExpressionScope scope)
    {
        switch (node)
        {
            case TemplateNode.Constant constant:
                constant.Value.WriteTo(writer);
                break;
            case TemplateNode.Code code:
                Evaluate(code, scope).WriteTo(writer);
                break;
            case TemplateNode.Text text:
                writer.WriteStringValue(Interpolate(text, scope));
                break;
            case TemplateNode.Members members:
                writer.WriteStartObject();
                foreach ((string name, TemplateNode value) in members.Values)
                {
                    writer.WritePropertyName(name);
                    Write(writer, value, scope);
                }
                writer.WriteEndObject();
                break;
            case TemplateNode.Items items:
                writer.WriteStartArray();
                foreach (TemplateNode item in items.Values)
                    Write(writer, item, scope);
                writer.WriteEndArray();
                break;
        }
    }

    private string Interpolate(TemplateNode.Text text, ExpressionScope scope)
    {
        StringBuilder result = new();
        foreach ((string? literal, TemplateNode.Code? code) in text.Parts)
        {
            if (code is null)
            {
                result.Append(literal);
                continue;
            }
            JsonElement value = Evaluate(code, scope);
            result.Append(value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Null => "",
                _ => value.GetRawText(),
            });
        }
        return result.ToString();
    }

    // Most expressions only read a value: no script is needed, and numbers stay exactly as they were written.
    private JsonElement Evaluate(TemplateNode.Code code, ExpressionScope scope)
    {
        try
        {
            return code.Syntax.Path is { } path && ScopeReader.TryRead(path, scope, out JsonElement value)
                ? value
                : _sandbox.Run(code.Syntax, scope);
        }
        catch (ExpressionException e)
        {
            throw new ExpressionException(e.Code, $"{e.Message} (in ${{{{ {code.Syntax.Code.Trim()} }}}} at {code.Place})");
        }
    }
}
