using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MLPlatform.Tests.Architecture;

/// <summary>What a compiled assembly refers to, read without loading it.</summary>
internal sealed class CompiledAssembly : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _reader;

    private CompiledAssembly(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _reader = _file.GetMetadataReader();
    }

    /// <summary>The assembly beside the tests, which bring every project.</summary>
    public static CompiledAssembly Open(string name) => new(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

    public IEnumerable<string> Assemblies =>
        _reader.AssemblyReferences.Select(handle => _reader.GetString(_reader.GetAssemblyReference(handle).Name));

    /// <summary>Types of other assemblies by full name.</summary>
    public IEnumerable<string> Types => _reader.TypeReferences.Select(NameOf);

    /// <summary>Members of other assemblies' types: <c>System.DateTime.get_UtcNow</c>.</summary>
    public IEnumerable<string> Members => _reader.MemberReferences
        .Select(handle => _reader.GetMemberReference(handle))
        .Where(member => member.Parent.Kind == HandleKind.TypeReference)
        .Select(member => $"{NameOf((TypeReferenceHandle)member.Parent)}.{_reader.GetString(member.Name)}");

    public void Dispose() => _file.Dispose();

    private string NameOf(TypeReferenceHandle handle)
    {
        TypeReference type = _reader.GetTypeReference(handle);
        return $"{_reader.GetString(type.Namespace)}.{_reader.GetString(type.Name)}";
    }
}
