using System.ComponentModel.DataAnnotations;
using System.Reflection;
using MLPlatform.Engine;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Hosting;
using MLPlatform.Storage;
using Xunit;

namespace MLPlatform.Tests.Architecture;

/// <summary>A bad setting stops the start, not the third run.</summary>
public class OptionsTests
{
    private static readonly Assembly[] Assemblies =
        [typeof(EngineOptions).Assembly, typeof(StorageOptions).Assembly, typeof(ProcessExecutorOptions).Assembly, typeof(ServerOptions).Assembly];

    public static TheoryData<Type> Options =>
        [.. Assemblies.SelectMany(a => a.GetTypes()).Where(t => t.Name.EndsWith("Options", StringComparison.Ordinal) && t is { IsClass: true, IsAbstract: false })];

    [Theory, MemberData(nameof(Options))]
    public void Every_options_class_is_validated_at_the_start(Type options) =>
        Assert.Contains(SourceTree.Production, f => SourceTree.Code(f).Any(line =>
            line.Contains($"AddOptionsWithValidateOnStart<{options.Name}>", StringComparison.Ordinal)
            && line.Contains("ValidateDataAnnotations", StringComparison.Ordinal)));

    [Theory, MemberData(nameof(Options))]
    public void Every_number_and_time_of_an_options_class_has_its_range(Type options) =>
        Assert.Equal([], options.GetProperties()
            .Where(p => p.CanWrite && Bounded(Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType) && p.GetCustomAttribute<RangeAttribute>() is null)
            .Select(p => p.Name));

    [Theory, MemberData(nameof(Options))]
    public void The_defaults_of_an_options_class_are_valid(Type options)
    {
        object defaults = Activator.CreateInstance(options)!;
        List<ValidationResult> wrong = [];
        Validator.TryValidateObject(defaults, new ValidationContext(defaults), wrong, validateAllProperties: true);
        Assert.Equal([], wrong.Where(w => !w.MemberNames.All(name => options.GetProperty(name)?.GetCustomAttribute<RequiredAttribute>() is not null)));
    }

    private static bool Bounded(Type type) => type == typeof(TimeSpan) || (type.IsPrimitive && type != typeof(bool) && type != typeof(char));
}
