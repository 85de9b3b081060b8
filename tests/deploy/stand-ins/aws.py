#!/usr/bin/env python3
"""Moto's server with corrections that our template needs."""

import copy
import sys

import moto.cloudformation.parsing
import moto.elbv2.models
import moto.rds.models
from moto.server import main

# A reference to a parameter group is its name; moto returns the object.
moto.rds.models.DBParameterGroup.physical_resource_id = property(lambda group: group.name)


def attribute(group, name):
    """The attributes of a target group for Fn::GetAtt, which moto lacks."""
    if name == "TargetGroupFullName":
        return group.arn.split(":")[-1]
    raise AttributeError(name)


create = moto.cloudformation.parsing.parse_and_create_resource


def created(name, resource, *rest, **more):
    """Moto modifies the template that it reads, and so sees a change at the next update."""
    return create(name, copy.deepcopy(resource), *rest, **more)


def updated(name, _resource, resources, *_rest, **_more):
    """A parameter that keeps its value is a changed one to moto, and a condition that does not hold no reason to leave a
    resource alone. In these tests nothing changes from one update to the next."""
    return resources[name]


moto.cloudformation.parsing.parse_and_create_resource = created
moto.cloudformation.parsing.parse_and_update_resource = updated
moto.elbv2.models.FakeTargetGroup.get_cfn_attribute = attribute

main(sys.argv[1:])
