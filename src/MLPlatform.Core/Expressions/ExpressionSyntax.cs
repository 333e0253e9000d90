using System.Runtime.CompilerServices;
using Acornima;
using Acornima.Ast;

namespace MLPlatform.Core.Expressions;

/// <summary>The parsed code of one expression: what it reads, and what is wrong with it. Nothing is run to find out.</summary>
public sealed class ExpressionSyntax
{
    private static readonly ParserOptions Options = new() { EcmaVersion = EcmaVersion.Latest };

    private ExpressionSyntax(string code, IReadOnlyList<Reference> references, IReadOnlyList<ExpressionError> errors, object[]? path)
    {
        Code = code;
        References = references;
        Errors = errors;
        Path = path;
    }

    public string Code { get; }

    public IReadOnlyList<Reference> References { get; }

    public IReadOnlyList<ExpressionError> Errors { get; }

    /// <summary>
    /// Where the whole expression only reads one value, the way to it: names and list positions (<see cref="string"/>
    /// and <see cref="int"/>), beginning with the scope's own name. Null for anything that computes.
    /// </summary>
    internal object[]? Path { get; }

    public static ExpressionSyntax Parse(string code)
    {
        if (string.IsNullOrWhiteSpace(code))
            return Broken(code, "EXPR-002", "the expression is empty", 0);
        try
        {
            Expression tree = new Parser(Options).ParseExpression(code, strict: true);
            ReferenceFinder finder = new();
            finder.Visit(tree);
            return new ExpressionSyntax(code, finder.References, finder.Errors, finder.Errors.Count == 0 ? PathOf(tree)?.ToArray() : null);
        }
        catch (ParseErrorException e)
        {
            return Broken(code, "EXPR-002", $"the expression cannot be read: {e.Description}", Math.Clamp(e.Error?.Index ?? 0, 0, code.Length));
        }
        catch (InsufficientExecutionStackException)
        {
            return Broken(code, "EXPR-002", "the expression is nested too deep", 0);
        }
    }

    private static ExpressionSyntax Broken(string code, string errorCode, string message, int position) =>
        new(code, [], [new ExpressionError(errorCode, message, position)], null);

    private static List<object>? PathOf(Expression tree)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (tree)
        {
            case Identifier root when ScopeNames.All.Contains(root.Name):
                return [root.Name];
            case MemberExpression { Optional: false } member:
                List<object>? path = PathOf(member.Object);
                object? step = StaticName(member) ?? (member is { Computed: true, Property: NumericLiteral { Value: >= 0 and < int.MaxValue } n } && n.Value % 1 == 0 ? (int)n.Value : (object?)null);
                if (path is null || step is null)
                    return null;
                path.Add(step);
                return path;
            default:
                return null;
        }
    }

    internal static string? StaticName(MemberExpression member) => member switch
    {
        { Computed: false, Property: Identifier name } => name.Name,
        { Computed: true, Property: StringLiteral name } => name.Value,
        _ => null,
    };
}
