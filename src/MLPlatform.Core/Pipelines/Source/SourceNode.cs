using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MLPlatform.Core.Pipelines.Source;

/// <summary>A value of a JSON file that knows where it stands.</summary>
internal sealed class SourceNode
{
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
    public List<SourceNode> Children { get; } = [];

    public SourceNode? Find(string name)
    {
        if (Kind != JsonValueKind.Object)
            return null;
        if (Children.Count <= 8)
            return Children.Find(c => c.Name == name);
        if (_byName is null)
        {
            _byName = new Dictionary<string, SourceNode>(Children.Count, StringComparer.Ordinal);
            foreach (SourceNode child in Children)
                _byName.TryAdd(child.Name!, child);
        }
        return _byName.GetValueOrDefault(name);
    }

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
