using System.Runtime.CompilerServices;
using Acornima.Ast;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Expressions;

/// <summary>Walks an expression's tree and collects what it reads from its scope.</summary>
internal sealed class ReferenceFinder
{
    private readonly List<HashSet<string>> _locals = [];

    public List<Reference> References { get; } = [];

    public List<ExpressionError> Errors { get; } = [];

    public void Visit(Node node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (node)
        {
            case MemberExpression member:
                VisitMember(member);
                break;
            case Identifier name when !IsLocal(name.Name):
                VisitRoot(name, []);
                break;
            case Identifier:
                break;
            case IFunction function:
                _locals.Add(LocalsOf(function));
                VisitChildren(node);
                _locals.RemoveAt(_locals.Count - 1);
                break;
            case ObjectProperty { Computed: false } property:
                Visit(property.Value);
                break;
            case NewExpression { Callee: Identifier { Name: "Date" }, Arguments.Count: 0 }:
                Errors.Add(new ExpressionError("EXPR-005", "an expression may not read the clock", node.Start, "Use trigger.logicalDate."));
                break;
            case ThisExpression or MetaProperty or ImportExpression or AwaitExpression or TaggedTemplateExpression or ClassExpression:
                Errors.Add(new ExpressionError("EXPR-005", "this kind of JavaScript is not allowed in expressions", node.Start));
                break;
            default:
                VisitChildren(node);
                break;
        }
    }

    private void VisitChildren(Node node)
    {
        foreach (Node child in node.ChildNodes)
            Visit(child);
    }

    private void VisitMember(MemberExpression member)
    {
        // The chain from its root outwards: activities . train . outputs . auc
        List<MemberExpression> chain = [];
        Node inner = member;
        while (inner is MemberExpression m)
        {
            chain.Insert(0, m);
            inner = m.Object;
        }
        if (inner is Identifier root && !IsLocal(root.Name))
            VisitRoot(root, chain);
        else
            Visit(inner);
        foreach (MemberExpression step in chain.Where(s => s.Computed))
            Visit(step.Property);
    }

    private void VisitRoot(Identifier root, List<MemberExpression> chain)
    {
        string? first = chain.Count > 0 ? ExpressionSyntax.StaticName(chain[0]) : null;
        switch (root.Name)
        {
            case ScopeNames.Activities:
                VisitActivity(root, chain, first);
                break;
            case ScopeNames.Models:
                string? alias = chain.Count > 1 ? ExpressionSyntax.StaticName(chain[1]) : null;
                if (first is null || alias is null)
                    Errors.Add(new ExpressionError("EXPR-006", "a model must be named in full", root.Start, "Write models['name'].champion, with the name as it is."));
                else
                    References.Add(new Reference(ReferenceKind.Model, first, alias, root.Start));
                break;
            case ScopeNames.Parameters:
                References.Add(new Reference(ReferenceKind.Parameter, first ?? "", null, root.Start));
                break;
            case ScopeNames.Trigger:
                References.Add(new Reference(ReferenceKind.Trigger, first ?? "", null, root.Start));
                break;
            case ScopeNames.Run:
                References.Add(new Reference(ReferenceKind.Run, first ?? "", null, root.Start));
                break;
            case ScopeNames.Item:
                References.Add(new Reference(ReferenceKind.Item, "", null, root.Start));
                break;
            case ScopeNames.Index:
                References.Add(new Reference(ReferenceKind.Index, "", null, root.Start));
                break;
            default:
                VisitForeign(root, first);
                break;
        }
    }

    private void VisitActivity(Identifier root, List<MemberExpression> chain, string? activity)
    {
        string? part = chain.Count > 1 ? ExpressionSyntax.StaticName(chain[1]) : null;
        if (activity is null)
            Errors.Add(new ExpressionError("EXPR-006", "an activity must be named in full, so that the order is known before the run", root.Start,
                "Write activities.NAME.outputs.OUTPUT or activities['NAME'].outputs.OUTPUT."));
        else if (part == "status")
            References.Add(new Reference(ReferenceKind.Status, activity, null, root.Start));
        else if (part == "outputs")
            References.Add(new Reference(ReferenceKind.Output, activity, chain.Count > 2 ? ExpressionSyntax.StaticName(chain[2]) : null, root.Start));
        else
            Errors.Add(new ExpressionError("EXPR-006", part is null ? $"what of activity \"{activity}\" is meant is not said" : $"an activity has no \"{part}\"",
                chain[^1].Property.Start, $"Write activities.{activity}.outputs.OUTPUT or activities.{activity}.status."));
    }

    private void VisitForeign(Identifier root, string? first)
    {
        if ((root.Name, first) is ("Date", "now") or ("Math", "random"))
            Errors.Add(new ExpressionError("EXPR-005", $"an expression may not use {root.Name}.{first}: the same inputs must give the same value", root.Start,
                first == "now" ? "Use trigger.logicalDate." : null));
        else if (!ScopeNames.Language.Contains(root.Name))
            Errors.Add(new ExpressionError("EXPR-003", $"there is no \"{root.Name}\" in expressions", root.Start,
                Names.Nearest(root.Name, ScopeNames.All.Concat(ScopeNames.Language)) is { } near
                    ? $"Did you mean \"{near}\"?" : $"An expression begins with one of: {string.Join(", ", ScopeNames.All)}. Text needs quotes."));
    }

    private bool IsLocal(string name) => _locals.Exists(l => l.Contains(name));

    // Parameters and every variable declared inside; finer scopes are not worth telling apart here.
    private static HashSet<string> LocalsOf(IFunction function)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        if (function.Id is { } own)
            names.Add(own.Name);
        foreach (Node parameter in function.Params)
            AddPattern(parameter, names);
        AddDeclared(function.Body, names);
        return names;
    }

    private static void AddDeclared(Node node, HashSet<string> names)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (node is VariableDeclarator declarator)
            AddPattern(declarator.Id, names);
        foreach (Node child in node.ChildNodes)
            AddDeclared(child, names);
    }

    private static void AddPattern(Node pattern, HashSet<string> names)
    {
        switch (pattern)
        {
            case Identifier name:
                names.Add(name.Name);
                break;
            case AssignmentPattern assignment:
                AddPattern(assignment.Left, names);
                break;
            case AssignmentProperty property:
                AddPattern(property.Value, names);
                break;
            case ArrayPattern or ObjectPattern or RestElement:
                foreach (Node child in pattern.ChildNodes)
                    AddPattern(child, names);
                break;
        }
    }
}
