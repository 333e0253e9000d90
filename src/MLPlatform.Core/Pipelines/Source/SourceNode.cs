using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MLPlatform.Core.Pipelines.Source;

/// <summary>A value of a JSON file that knows where it stands.</summary>
internal sealed partial class SourceNode
{
    private const int FewChildren = 8;
    private static readonly List<SourceNode> None = [];
    private List<SourceNode>? _children;
    private Dictionary<string, SourceNode>? _byName;

    public required JsonValueKind Kind { get; init; }

    /// <summary>Byte offsets of the value in the file; <see cref="End"/> is exclusive.</summary>
    public required int Start { get; init; }
    public int End { get; set; }
    public SourceNode? Parent { get; init; }

    /// <summary>The property's name where the value is one, and the byte offset of the name.</summary>
    public string? Name { get; init; }
    public int NameStart { get; init; } = -1;

    /// <summary>The position in its list where the value is an item.</summary>
    public int Index { get; init; }

    /// <summary>The decoded text of a string.</summary>
    public string? Text { get; init; }

    /// <summary>Properties or items in file order.</summary>
    public IReadOnlyList<SourceNode> Children => _children ?? None;

    /// <summary>Adds a property or an item; false for a property whose name is there already.</summary>
    public bool TryAdd(SourceNode child)
    {
        _children ??= [];
        if (child.Name is { } name)
        {
            if (_byName is null && _children.Count >= FewChildren)
                _byName = _children.ToDictionary(c => c.Name!, StringComparer.Ordinal);
            if (_byName is null ? _children.Exists(c => c.Name == name) : !_byName.TryAdd(name, child))
                return false;
        }
        _children.Add(child);
        return true;
    }

    public SourceNode? Find(string name)
    {
        if (_byName is not null)
            return _byName.GetValueOrDefault(name);
        if (Kind == JsonValueKind.Object && _children is not null)
        {
            foreach (SourceNode child in _children)
            {
                if (child.Name == name)
                    return child;
            }
        }
        return null;
    }

    /// <summary>The value at a JSON path from this one on, or the nearest above it that there is.</summary>
    /// <param name="path">As <see cref="Path"/> writes it: <c>$.layers[0]</c>, <c>$.except['price.scaled']</c>.</param>
    public SourceNode Nearest(string path)
    {
        SourceNode node = this;
        foreach (Match step in Step().Matches(path))
        {
            SourceNode? next = step.Groups["item"] is { Success: true } item
                ? node.Children.ElementAtOrDefault(int.Parse(item.ValueSpan, CultureInfo.InvariantCulture))
                : node.Find(step.Groups["name"] is { Success: true } name ? name.Value : Escape().Replace(step.Groups["quoted"].Value, "$1"));
            if (next is null)
                return node;
            node = next;
        }
        return node;
    }

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\[(?<item>\d{1,9})\]|\['(?<quoted>(?:\\.|[^'\\])*)'\]")]
    private static partial Regex Step();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escape();

    /// <summary>The JSON path of the value: <c>$.activities.train.inputs.dim</c>.</summary>
    public string Path()
    {
        StringBuilder path = new();
        Append(path);
        return path.ToString();
    }

    private void Append(StringBuilder path)
    {
        if (Parent is null)
        {
            path.Append('$');
            return;
        }
        Parent.Append(path);
        if (Name is null)
            path.Append(CultureInfo.InvariantCulture, $"[{Index}]");
        else if (Name.Length > 0 && !char.IsAsciiDigit(Name[0]) && Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '-'))
            path.Append('.').Append(Name);
        else
            path.Append("['").Append(Name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)).Append("']");
    }
}
