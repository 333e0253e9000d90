using System.Text.Json;
using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Activities;

/// <summary>An activity whose inputs say what an attempt asks for. Pure, and made without services.</summary>
public interface IAsksForResources
{
    /// <summary>What an attempt asks for.</summary>
    /// <param name="inputs">As the file says them, expressions and all.</param>
    /// <param name="declared">What its sections declare; pool and priority are theirs.</param>
    /// <exception cref="ActivityException">The inputs do not say it.</exception>
    ResourceRequest Asks(JsonElement inputs, ResourceRequest declared);
}
